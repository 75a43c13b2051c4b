// Package buoy calls chat-completions APIs (AITUNNEL, OpenAI, OpenRouter, Azure
// and whatever is compatible with them) and keeps afloat when they do not: a
// call brings the answer, or one typed error that tells the truth.
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
//	fmt.Println(resp.Text())
//
// No option is needed: this client retries with jitter under a budget, honours
// Retry-After, breaks the circuit per endpoint and model, bounds every wait and
// every reply, and never takes half an answer for a whole one.
//
// # The path of a call
//
// Every call, whole or streamed, goes down one chain of [Middleware] and its
// answer comes up again:
//
//	Client.Chat / Client.Stream                                                 client.go
//	     | Request                          ^ Response | Stream | *CallError
//	+----v----------------------------------+-----+
//	| your middleware             once per call   |                             options.go
//	|  call deadline                              |                             timeout.go
//	|   quotas                    is it paid for? |                             quota.go
//	|    recovery                 did it break?   |                             recover.go
//	|     fallback                who is next?    |                             fallback.go
//	|      retry                  once more?      |                             retry.go budget.go
//	|       form of the attempt   streamed? \     |                             streamedchat.go resume.go
//	|        hedge                too slow?  |    |                             hedge.go race.go
//	|         endpoint and key    with what? |    |                             route.go keys.go
//	|          permit, rate       may it go? | per attempt                      limit.go
//	|           breaker           is it well?|    |                             breaker.go
//	|            attempt timers   how long?  |    |                             timeout.go
//	|             your attempt middleware   /     |                             options.go
//	+----+----------------------------------^-----+
//	     | encode                           | decode -> *APIError | *TransportError
//	     v          transport.go            |                                   internal/envelope, internal/sse
//	------------------ HTTP ---------------------
//
// The order matters. There is one loop, because nested ones multiply; fallback,
// recovery and hedging draw on its attempts and its budget. The breaker is inside
// it and hears of every attempt, not only of how the call ended. The limits stand
// below the choice of the key, since that is what a provider counts by, and above
// the breaker, so that waiting is not taken for slowness. An attempt's timers
// start last, so no waiting is charged to an attempt.
// Bytes become answers or errors at the very bottom, so a refusal that hides in
// a 200 or in a stream's first event is an ordinary error to everything above.
// [WithMiddleware] and [WithAttemptMiddleware] add to the chain at both ends,
// [WithChain] replaces it.
//
// # Whole answers and streams
//
// [Client.Stream] returns when the first meaningful event has come: a piece of
// text, reasoning, a tool call. Until then a failure is handled as that of a
// whole answer, retries included. Afterwards nothing is repeated in silence,
// since the reader has seen the beginning: a failure ends the stream with an
// error, and [Stream.Response] has what came before it. [WithStreamRecovery] goes
// on in place of that, and tells the reader in [Chunk.Restarted] when the answer
// begins anew. [WithStreamedChat] lets Chat travel as a stream.
//
// A stream has ended well only when every choice that began has its finish
// reason. Neither [DONE] nor the end of the body proves it: gateways write the
// one, and proxies make the other, after the model's connection was cut.
//
// # Errors
//
// Types say who failed, kinds say what to do about it.
//
//   - [*CallError] is around every error of a client or stream. It tells what was
//     called, lists the attempts, and says why there was no further one.
//   - [*APIError] is the provider's no, with status, code, message, request id,
//     wait, and the reasons of a moderation.
//   - [*TransportError] is the absence of a whole answer: a connection, a timer,
//     the caller, or bytes that make no sense.
//   - [*RequestError] is a request that no provider could have carried out.
//     [*OpenError], [*KeysError], [*LimitError] and [*QuotaError] are refusals made
//     here: an open breaker, no key that can be used, a wait that does not fit, a
//     quota that is used up. Nothing was sent.
//
// All of them unwrap to a [Kind], which is a constant, an error and a name for
// metrics in one:
//
//	switch buoy.KindOf(err) {
//	case buoy.ErrQuota: // out of money: waiting does not help
//	case buoy.ErrRateLimit: // too fast: it does, see RetryAfter
//	case buoy.ErrContextLength: // shorten the prompt
//	}
//
// What each kind means to the retry loop and to the breaker stands in one
// table, printed in docs/errors.md. The text of an error is for people and may
// change; decide by kind and by field.
//
// # What to switch on
//
// Retry, breaker and timeouts are on. The rest says something about your service
// that this package cannot know:
//
//   - Several keys in an [Endpoint] take turns, and rest or go out as refusals say.
//     [Client.SetKeys] and [KeySource] replace them while the program runs.
//   - [WithFallback] where another model or provider will do, [WithFallbackFunc]
//     where a canned answer is better than none.
//   - [WithRateLimit] where the provider's limit is known and several callers
//     compete: waiting here, in order, is cheaper than a refusal there. What is
//     estimated before a call is settled with its usage.
//   - Timeouts.Adaptive where some answers need minutes and a dead provider should
//     be noticed in seconds. It learns per endpoint and model and begins at 50
//     samples.
//   - [WithHedge] where somebody waits and a second key or target is there. It
//     helps against single slow machines, not against a provider that is slow.
//   - [WithStreamRecovery] where a reader can begin anew, [WithStreamedChat] where
//     whole answers are long.
//   - [WithQuota] and [WithBalanceWatch] wherever money is spent.
//
// What is learned (samples, budgets, breakers, limits, keys) lives in one client
// and begins anew with it. [WithBreakers] and [Quota].Store are what clients can
// share.
//
// # Concurrency
//
// A [Client] is safe for concurrent use and meant to be shared: keys, breakers and
// the retry budget learn from all of its calls. A [Request] may be used by several
// calls at once, as long as nobody changes it. A [Stream] is read by one
// goroutine; its Close, Response and Info may be called by any. A [Chunk] is
// valid until the next one, since its memory is used again.
//
// Callbacks (observers, middleware, RetryOn, OnChange, OnEnd, OnThreshold) run on the
// goroutine of the call they belong to, or on one that ends it, and never under
// a lock of this package. They have to be safe for concurrent use.
//
// # Cancellation
//
// The context of a call ends everything at once: waiting, sending, reading. The
// context of a stream has to live as long as the stream, so a function that
// returns a stream must not cancel it on the way out.
//
// An error answers to [context.Canceled] when the caller cancelled, and to
// [context.DeadlineExceeded] when the caller's own deadline passed, and only
// then. A timer of this package is [ErrTimeout] and neither of them;
// [TransportError.Timer] names it. A wait that would outlast the deadline is not
// begun: the call ends at once with the provider's error, and the rest of the
// time is the caller's.
//
// # Money
//
// A request that was sent may be billed, answered or not: [TransportError.Sent]
// tells. After a timeout a request that was sent is therefore repeated once at
// most, and not at all where another target can be asked. RetryPolicy.MaxAttempts
// bounds the requests of a call over all keys and targets (it counts as the
// number of targets where it is smaller), [RetryBudget] those of a bad hour.
// Each [Attempt] carries its own usage, as far as the provider told it, and
// [Response.Usage] that of the answer alone.
//
// A hedge was sent, so its loser's input is billed, and of a whole answer perhaps
// all; it is at most one request in a call and, in the long run, one for every
// sixth call. A recovered stream pays for each interrupted answer, and a
// continuation once more for the text that it continues. [Quota] counts every
// attempt, also those whose answer was thrown away; what no provider tells stands
// in [QuotaStatus].Unknown. Some gateways reserve the price of MaxTokens before a
// call: an ErrQuota of theirs may go away with a smaller number.
//
// A list in Request.Models makes a gateway try several models for each attempt
// of the client's: the numbers multiply, unless there are fallback targets,
// beside which each of those models counts as an attempt. All attempts of a call have the same
// Idempotency-Key header, which lets net/http send a request again that met a
// connection just closed; there is no evidence that chat APIs honour it.
//
// # Privacy
//
// Errors, log lines and formatted values of this package hold no key and no
// header's value. Where a provider repeats the prompt or the key in its message,
// both are masked. Fields that may hold a piece of the prompt (APIError.Body and
// Metadata, Moderation.FlaggedInput, TransportError.Partial) are not printed by
// any verb of fmt: take care where you put them.
//
// # Around this package
//
// Package buoybatch asks many requests, several at a time, and resumes from a
// journal. Package buoyquota keeps the count of a [Quota] in a file.
//
// Package buoytest is a provider on the desk: it answers, refuses, cuts, stalls
// and lies as a script tells it, over loopback or inside a testing/synctest
// bubble, and checks middleware of your own.
package buoy
