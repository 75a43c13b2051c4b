// Package buoy calls chat-completions APIs: AITUNNEL, OpenAI, OpenRouter, Azure and
// all servers that are compatible with them. A call returns an answer, or a typed error
// that says what happened.
//
//	client, err := buoy.New(buoy.AITunnel(os.Getenv("AITUNNEL_API_KEY")))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	resp, err := client.Chat(ctx, buoy.Request{
//		Model:    "gpt-4o-mini",
//		Messages: []buoy.Message{buoy.User("Why is the sky blue?")},
//	})
//	if err != nil {
//		return err
//	}
//	if err := resp.Check(); err != nil { // refused, withheld, cut short or empty
//		return err
//	}
//	fmt.Println(resp.Text())
//
// No option is needed. This client retries with jitter under a budget, obeys
// Retry-After, has a circuit breaker for each endpoint and model, and bounds every
// wait and every reply. It never takes half an answer for a whole one.
//
// Request, Message, Response, Chunk and the other types of a chat are defined in
// package chat. Their fields are documented there. They have the same names here.
//
// # The path of a call
//
// Every call, whole or streamed, goes down one chain of [Middleware]. Its answer comes
// back up:
//
//	Client.Chat / Client.Stream
//	     | Request                          ^ Response | Stream | *CallError
//	+----v----------------------------------+---------------+
//	| your middleware             once per call             |
//	|  call deadline                                        |
//	|   quotas                    can we pay?               |
//	|   cache                     known already?            |
//	|   limit of the tenant       is it too much?           |
//	|    recovery                 did it break?             |
//	|     fallback                who is next?              |
//	|      retry                  once more?                |
//	|       form of the attempt   streamed? \               |
//	|        hedge                too slow?  |              |
//	|         endpoint and key    with what? |              |
//	|          permit, rate       may it go? | per attempt  |
//	|           breaker           is it up?  |              |
//	|            attempt timers   how long?  |              |
//	|             your attempt middleware   /               |
//	+----+----------------------------------^---------------+
//	     | encode                           | decode -> *APIError | *TransportError
//	     v                                  |
//	------------------ HTTP ---------------------
//
// The order matters:
//
//   - There is only one retry loop, because nested loops multiply. Fallback, recovery
//     and hedging use its attempts. What they cost is taken from the [RetryBudget] of
//     the endpoint and model that failed or was slow.
//   - The breaker is inside the loop. It sees every attempt, not only how the call
//     ended.
//   - The limits are below the choice of the key, because providers count by key.
//     They are above the breaker, so that waiting is not mistaken for slowness. The
//     limit of a tenant is above the retries: a call is one, whatever it needs.
//   - The timers of an attempt start last, so no wait counts against an attempt.
//   - Bytes become answers or errors at the bottom. A refusal inside a 200 or in the
//     first event of a stream is an ordinary error to everything above.
//
// [WithMiddleware] adds to the top of the chain, [WithAttemptMiddleware] to the bottom.
// [WithChain] replaces it.
//
// # Whole answers and streams
//
// [Client.Stream] returns when the first meaningful event has arrived: a piece of
// text, reasoning, a tool call. Until then a failure is handled like that of a
// whole answer, with retries. After that nothing is repeated silently, because the
// reader has seen the beginning. A failure then ends the stream with an error, and
// [Stream.Response] has what came before it. With [WithStreamRecovery] the stream goes
// on instead, and [Chunk].Restarted shows where the answer starts over.
// [WithStreamedChat] makes Chat use a stream internally.
//
// An answer is complete only if every choice that was asked for, or that began, has its
// finish reason. Neither [DONE] nor the end of the body proves it. Gateways have been
// seen to write [DONE], and proxies to end the body, after the model's connection was
// cut.
//
// # Errors
//
// The type of an error says who failed. Its kind says what to do.
//
//   - [*CallError] wraps every error of a client or stream. It has the call, its
//     attempts, and the reason why there was no further attempt.
//   - [*APIError]: the provider refused. It has the status, code, message, request id
//     and wait, and the reasons of a moderation.
//   - [*TransportError]: no whole answer arrived, because of the connection, a timer,
//     the caller, or bytes that make no sense.
//   - [*RequestError]: no provider would accept the request. Nothing was sent.
//   - [*OpenError], [*KeysError], [*LimitError] and [*QuotaError]: this client refused,
//     because a breaker is open, no key can be used, a wait would take too long, or a
//     quota is used up. Nothing was sent.
//
// All of them unwrap to a [Kind], which is a constant, an error, and a label for
// metrics:
//
//	switch buoy.KindOf(err) {
//	case buoy.ErrQuota: // out of money: waiting does not help
//	case buoy.ErrRateLimit, buoy.ErrLimit, buoy.ErrCircuitOpen: // it does, see RetryAfter
//	case buoy.ErrContextLength: // shorten the prompt
//	case buoy.ErrServer, buoy.ErrOverloaded, buoy.ErrUpstream: // see [Kind]
//	}
//
// docs/errors.md has the table of what each kind means to retries and breaker. The text
// of an error is for people and may change: in code, use the kind and the fields.
//
// # What to turn on
//
// Retry, breaker and timeouts are on. The rest is off, because it depends on your
// service:
//
//   - With several keys in an [Endpoint] a conversation keeps one, see [KeyOrder]. A
//     refusal makes a key rest or disables it, and the call goes on with the next.
//     [Client.SetKeys] and [KeySource] replace keys while the program runs.
//   - Use [WithFallback] if another model or provider will do, and [WithFallbackFunc]
//     if a canned answer is better than none.
//   - Use [WithRateLimit] if you know the provider's limit and several callers
//     compete. Waiting here, in order, is cheaper than a refusal there. The usage of
//     an answer corrects the estimate made before the call.
//   - Use Timeouts.Adaptive if some answers need minutes but a dead provider should be
//     noticed in seconds. It learns per endpoint and model, from 50 samples on.
//   - Use [WithHedge] if somebody waits for the answer and there is a second key or
//     target. It helps against single slow machines, not against a slow provider.
//   - Use [WithStreamRecovery] if a reader can start over, and [WithStreamedChat] if
//     whole answers are long.
//   - Use [WithCache] if the same is asked again, and CachePolicy.Coalesce if it is asked
//     by many at once.
//   - Use [WithQuota] and [WithBalanceWatch] wherever money is spent.
//
// What a client learns (samples, budgets, breakers, limits, keys) is kept in that
// client and lost with it. Clients can share breakers ([WithBreakers]) and the count
// of a quota ([Quota].Store).
//
// # Concurrency
//
// A [Client] is safe for concurrent use. Share it: keys, breakers and retry budgets
// learn from all of its calls. Several calls may use a [Request] at once, as long as
// nobody changes it. One goroutine reads a [Stream]; any may call its Close, Response
// and Info. A [Chunk] stays valid, apart from [Chunk.Raw].
//
// Callbacks (observers, middleware, RetryOn, OnChange, OnEnd, OnThreshold) run on the
// goroutine of their call, or on the goroutine that ends it. They never run under a
// lock of this package. They must be safe for concurrent use.
//
// # Cancellation
//
// The context of a call ends everything at once: waiting, sending, reading. The
// context of a stream must live as long as the stream. So a function that returns a
// stream must not cancel its context when it returns.
//
// An error matches [context.Canceled] only if the caller cancelled. It matches
// [context.DeadlineExceeded] only if the caller's own deadline passed. A timer of this
// package gives [ErrTimeout], which matches neither; [TransportError].Timer names the
// timer. A wait that would last longer than the deadline is not started: the call
// returns the provider's error at once.
//
// # Money
//
// A request that was sent may be billed, even if it was not answered.
// [TransportError].Sent says whether it was sent. If a timer of buoy ended such a
// request, it is never repeated on the same target. After a timeout that the provider
// reported, it is repeated there at most once, and not at all if there is another target.
//
// RetryPolicy.MaxAttempts bounds the requests of one call over all keys and targets. If
// there are more targets than that, their number is the bound. [RetryBudget] bounds the
// retries of all calls. Each [Attempt] has its own usage, as far as the provider
// reported it. [Response].Usage is that of the answer alone.
//
// The loser of a hedge was sent, too. Its input is billed, and for a whole answer perhaps
// everything. A call has at most one hedge, and in the long run at most every sixth call
// has one. A recovered stream pays for each interrupted answer, and a continuation pays
// again for the text that it continues. [Quota] counts every attempt, even if its answer
// was discarded. [status.Quota].Unknown counts the attempts whose cost is not known. Some
// gateways reserve the price of MaxTokens before a call: a smaller number may avoid
// their ErrQuota.
//
// A list in Request.Models makes a gateway try several models for each attempt of this
// client, so the numbers multiply. With fallback targets each of those models counts as
// an attempt instead.
//
// All attempts of a call that send the same body have the same Idempotency-Key header. A
// different body has its hash added to the key. The header lets net/http send a request
// again if the connection closed before all of it was written. There is no evidence that
// chat APIs use it.
//
// # Privacy
//
// Errors, log lines and formatted values of this package contain no key and no header
// value. If a provider repeats the prompt or the key in its message, both are masked.
// Fields that may hold a piece of the prompt (APIError.Body and Metadata,
// Moderation.FlaggedInput, TransportError.Partial) are not printed by any verb of fmt.
// Take care where you put them.
//
// # Around this package
//
//   - Package chat defines requests and answers, and their JSON.
//   - Package money has prices, price tables and balances.
//   - Package caching says what a [Cache] stores, for whom and how long.
//   - Package status describes what a client knows: see [Client.Status].
//   - Package buoybatch makes many calls, several at a time, and resumes from a journal.
//   - Package buoyquota keeps the count of a [Quota] in a file.
//   - Package buoyhttp puts a client under other Go clients, or behind a server.
//   - Package buoytest is a fake provider for tests, over loopback or inside a
//     testing/synctest bubble. It also checks middleware that you write.
//   - Modules of their own: buoytyped (typed answers and tools), buoyload (a limit that
//     learns), buoycache, buoyqueue, buoyotel, buoyredis and buoysentry.
package buoy

// The files, from the top of the picture to the bottom: client.go, stream.go; options.go,
// middleware.go; timeout.go; quota.go; cache.go, coalesce.go; tenant.go; recover.go;
// fallback.go; retry.go, budget.go; streamedchat.go, resume.go; hedge.go, race.go; route.go,
// keys.go; limit.go, charge.go, gates.go; breaker.go; transport.go, answer.go, wirestream.go,
// failure.go. What all layers of a call share is in call.go, the record of its attempts in
// account.go, and what each kind of error means in verdict.go.
