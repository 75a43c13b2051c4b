// Package buoyhttp puts buoy under other Go clients, and in front of programs in other
// languages. It needs only the standard library.
//
// [Transport] goes under a Go client that takes an *http.Client, such as openai-go,
// go-openai, langchaingo or eino:
//
//	client, err := buoy.New(buoy.OpenAI(os.Getenv("OPENAI_API_KEY")))
//	...
//	hc := &http.Client{Transport: buoyhttp.Transport(client, nil)}
//	api := openai.NewClient(option.WithHTTPClient(hc), option.WithAPIKey("unused"))
//
// Its chat completions then have retries, breakers, several keys, fallbacks and
// typed errors. All other calls, such as embeddings, go through the next transport
// unchanged, with the key that the client sends, and have no such protection.
//
// [Handler] is a server: an OpenAI-compatible /chat/completions, and /models, over a
// [buoy.Client]:
//
//	http.Handle("/v1/", buoyhttp.Handler(client))
//
// It does not check who calls. Put a check of your own in front of it, or everybody who
// can reach the port spends your money.
//
// [Status] shows operators what a client knows, as a page and as JSON.
//
// # What is passed on
//
// A request reaches the provider with everything that the client said. A whole answer
// has the bytes that the provider sent, and a stream has those of each event, including
// unknown fields, zeros and nulls. Three things differ:
//
//   - The model has the endpoint's name for it.
//   - Usage is requested for every stream, so that it can be counted. An event that has only the
//     usage is not passed to a client that did not ask for it.
//   - An answer that buoy had to put together is written by buoy: one that came as a
//     stream or in a wrapper, and the parts of a recovered stream.
//
// # Errors
//
// An error has OpenAI's form: {"error": {"message", "type", "param", "code"}}. Status
// and message are those of the provider, if there are any. Otherwise the status is
// [buoy.Kind.HTTPStatus]. The headers say more:
//
//   - X-Buoy-Kind is the [buoy.Kind].
//   - X-Buoy-Attempts is the number of requests that were sent.
//   - X-Buoy-Endpoint is the endpoint that answered.
//   - X-Buoy-Cache is the level of the cache that answered, or "coalesced"; see
//     buoy.WithCache. X-Buoy-Degraded is "true" for a substitute or an old answer. A
//     client's Cache-Control: no-store makes a call without the cache, no-cache asks
//     the provider anew.
//   - Retry-After is the wait, if there is one.
//   - X-Should-Retry: false keeps official clients from retrying, because their retries
//     and those of buoy would multiply.
package buoyhttp
