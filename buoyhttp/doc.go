// Package buoyhttp puts buoy under clients that know nothing of it, and before
// programs in other languages. It needs the standard library alone.
//
// [Transport] goes under a Go client that takes an *http.Client, such as openai-go,
// go-openai, langchaingo or eino:
//
//	client, err := buoy.New(buoy.OpenAI(os.Getenv("OPENAI_API_KEY")))
//	...
//	hc := &http.Client{Transport: buoyhttp.Transport(client, nil)}
//	api := openai.NewClient(option.WithHTTPClient(hc), option.WithAPIKey("unused"))
//
// Its chat completions then have retries, breakers, keys that rotate, fallbacks and
// typed errors. All other calls, such as embeddings, go through the transport below
// untouched, with the key that the client sends, and have no protection.
//
// [Handler] is a server: an OpenAI-compatible /chat/completions, and /models, over a
// [buoy.Client]:
//
//	http.Handle("/v1/", buoyhttp.Handler(client))
//
// It does not ask who calls: put your own check before it, or whoever reaches the port
// spends your money.
//
// # What is passed on
//
// A request reaches the provider with all that the client said, and a whole answer has
// the bytes that the provider sent, a stream those of each event: unknown fields, zeros,
// nulls and what is absent included. Three things differ. The model has the endpoint's
// name for it. A stream is asked for its usage, which calls are counted by; the event
// that has nothing else is kept from a client that did not ask. What buoy had to put
// together is written by it: an answer that came as a stream or in a wrapper, and the
// pieces of a recovery.
//
// # Errors
//
// An error has OpenAI's envelope, {"error": {"message", "type", "param", "code"}}, with
// the provider's status and words where it has said any, else [buoy.Kind.HTTPStatus].
// X-Buoy-Kind is buoy's word for it, X-Buoy-Attempts how many requests were sent,
// X-Buoy-Endpoint who answered, Retry-After the wait where there is one, and
// X-Should-Retry: false keeps official clients from asking again by themselves: their
// retries and buoy's would multiply.
package buoyhttp
