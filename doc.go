// Package buoy calls chat-completions APIs: AITUNNEL, OpenAI, OpenRouter, Azure and
// everything compatible with them. A call returns the answer, or one typed error
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
// No option is needed. This client retries with jitter under a budget, honours
// Retry-After, has a circuit breaker for each endpoint and model, and bounds every
// wait and every reply. It never takes half an answer for a whole one.
//
// The words of a chat (Request, Message, Response, Chunk and so on) are defined in
// package chat and have names here, too. All their fields are documented there.
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
//	|   quotas                    can we pay?     |                             quota.go quotameter.go
//	|    recovery                 did it break?   |                             recover.go internal/assemble
//	|     fallback                who is next?    |                             fallback.go
//	|      retry                  once more?      |                             retry.go budget.go internal/purse
//	|       form of the attempt   streamed? \     |                             streamedchat.go resume.go
//	|        hedge                too slow?  |    |                             hedge.go race.go
//	|         endpoint and key    with what? |    |                             route.go keys.go internal/keyring
//	|          permit, rate       may it go? | per attempt                      limit.go gates.go internal/gate
//	|           breaker           is it up?  |    |                             breaker.go internal/circuit
//	|            attempt timers   how long?  |    |                             timeout.go internal/clock
//	|             your attempt middleware   /     |                             options.go
//	+----+----------------------------------^-----+
//	     | encode                           | decode -> *APIError | *TransportError
//	     v                                  |                                   transport.go answer.go wirestream.go failure.go
//	------------------ HTTP ---------------------                               chat internal/envelope internal/sse
//
// What all layers of one call share is in call.go, the record of its attempts in
// account.go. What each kind of error means to them is in verdict.go.
//
// The order matters:
//
//   - There is one loop, because nested loops multiply. Fallback, recovery and
//     hedging use its attempts and its budget.
//   - The breaker is inside the loop. It sees every attempt, not only how the call
//     ended.
//   - The limits are below the choice of the key, because providers count by key.
//     They are above the breaker, so that waiting is not mistaken for slowness.
//   - The timers of an attempt start last. No waiting is charged to an attempt.
//   - Bytes become answers or errors at the bottom. A refusal inside a 200 or in a
//     stream's first event is an ordinary error to everything above.
//
// [WithMiddleware] and [WithAttemptMiddleware] add to both ends of the chain.
// [WithChain] replaces it.
//
// # Whole answers and streams
//
// [Client.Stream] returns when the first meaningful event has arrived: a piece of
// text, reasoning, a tool call. Until then a failure is handled like that of a
// whole answer, retries included. After that nothing is repeated silently, because
// the reader has seen the beginning. A failure then ends the stream with an error,
// and [Stream.Response] has what came before it. With [WithStreamRecovery] the
// stream goes on instead; [Chunk].Restarted tells the reader when the answer starts
// over. [WithStreamedChat] makes Chat use a stream inside.
//
// An answer has ended well only when every choice that was asked for, or began, has its
// finish reason. Neither [DONE] nor the end of the body proves it. Gateways were seen to write
// [DONE], and proxies to end the body, after the model's connection was cut.
//
// # Errors
//
// The type says who failed. The kind says what to do about it.
//
//   - [*CallError] wraps every error of a client or stream. It has what was called,
//     the attempts, and the reason why there was no further attempt.
//   - [*APIError]: the provider refused. It has the status, code, message, request id
//     and wait, and the reasons of a moderation.
//   - [*TransportError]: no whole answer arrived, because of the connection, a timer,
//     the caller, or bytes that make no sense.
//   - [*RequestError]: no provider could have carried out the request. Nothing was
//     sent.
//   - [*OpenError], [*KeysError], [*LimitError] and [*QuotaError]: this client refused,
//     because a breaker is open, no key can be used, a wait would take too long, or a
//     quota is used up. Nothing was sent.
//
// All of them unwrap to a [Kind], which is a constant, an error, and a label for
// metrics:
//
//	switch buoy.KindOf(err) {
//	case buoy.ErrQuota: // out of money: waiting does not help
//	case buoy.ErrRateLimit: // too fast: it does, see RetryAfter
//	case buoy.ErrContextLength: // shorten the prompt
//	case buoy.ErrServer, buoy.ErrOverloaded, buoy.ErrUpstream: // see [Kind]
//	}
//
// One table says what each kind means to the retry loop and to the breaker. It is
// printed in docs/errors.md. The text of an error is for people and may change:
// decide by kind and by field.
//
// # What to switch on
//
// Retry, breaker and timeouts are on. The rest depends on your service, so it is
// off:
//
//   - Several keys in an [Endpoint]: they take turns, and refusals make a key rest or
//     disable it. [Client.SetKeys] and [KeySource] replace keys while the program runs.
//   - [WithFallback], where another model or provider will do. [WithFallbackFunc],
//     where a canned answer is better than none.
//   - [WithRateLimit], where you know the provider's limit and several callers
//     compete. Waiting here, in order, is cheaper than a refusal there. The estimate
//     made before a call is corrected by its usage.
//   - Timeouts.Adaptive, where some answers need minutes and a dead provider should
//     be noticed in seconds. It learns per endpoint and model, from 50 samples on.
//   - [WithHedge], where somebody waits for the answer and there is a second key or
//     target. It helps against single slow machines, not against a slow provider.
//   - [WithStreamRecovery], where a reader can start over. [WithStreamedChat], where
//     whole answers are long.
//   - [WithQuota] and [WithBalanceWatch], wherever money is spent.
//
// What a client learns (samples, budgets, breakers, limits, keys) lives in that
// client and is lost with it. Clients can share breakers ([WithBreakers]) and the
// count of a quota ([Quota].Store).
//
// # Concurrency
//
// A [Client] is safe for concurrent use. Share it: keys, breakers and the retry
// budget learn from all of its calls. A [Request] may be used by several
// calls at once, as long as nobody changes it. A [Stream] is read by one
// goroutine; its Close, Response and Info may be called by any. A [Chunk] is
// valid until the next one, since its memory is used again.
//
// Callbacks (observers, middleware, RetryOn, OnChange, OnEnd, OnThreshold) run on the
// goroutine of their call, or on the goroutine that ends it. They never run under a
// lock of this package. They must be safe for concurrent use.
//
// # Cancellation
//
// The context of a call ends everything at once: waiting, sending, reading. The
// context of a stream must live as long as the stream. A function that returns a
// stream must not cancel its context on the way out.
//
// An error matches [context.Canceled] only when the caller cancelled. It matches
// [context.DeadlineExceeded] only when the caller's own deadline passed. A timer of
// this package gives [ErrTimeout], which matches neither; [TransportError].Timer names
// the timer. A wait that would outlast the deadline is not started: the call returns
// the provider's error at once.
//
// # Money
//
// A request that was sent may be billed, whether it was answered or not;
// [TransportError].Sent says whether it was sent. After a timer of buoy's such a request
// is therefore never repeated on the same target; after a timeout of the provider's at
// most once, and not at all where another target can be asked.
// RetryPolicy.MaxAttempts bounds the requests of one call over all keys and targets.
// (Where it is smaller than the number of targets, that number counts.) [RetryBudget]
// bounds the retries of all calls. Each [Attempt] has its own usage, as far as the
// provider reported it. [Response].Usage is that of the answer alone.
//
// The loser of a hedge was sent, too. Its input is billed, and of a whole answer
// perhaps everything. A call has at most one hedge, and in the long run every sixth
// call has one. A recovered stream pays for each interrupted answer, and a
// continuation pays again for the text that it continues. [Quota] counts every
// attempt, also those whose answer was discarded; what no provider reported is in
// [QuotaStatus].Unknown. Some gateways reserve the price of MaxTokens before a call:
// their ErrQuota may go away with a smaller number.
//
// A list in Request.Models makes a gateway try several models for each attempt of
// this client, so the numbers multiply. With fallback targets each of those models
// counts as an attempt instead. All attempts of a call that send the same body
// have the same Idempotency-Key header; any other body has its hash behind the key. It lets net/http send a request again whose connection closed
// before all of it was written. There is no evidence that chat APIs honour it.
//
// # Privacy
//
// Errors, log lines and formatted values of this package contain no key and no value
// of a header. Where a provider repeats the prompt or the key in its message, both
// are masked. Fields that may hold a piece of the prompt (APIError.Body and
// Metadata, Moderation.FlaggedInput, TransportError.Partial) are not printed by
// any verb of fmt. Take care where you put them.
//
// # Around this package
//
// Package buoybatch makes many calls, several at a time, and resumes from a journal. Package buoyquota keeps the count of a [Quota] in a file.
//
// Package buoytest is a provider for tests. It follows a script: it answers, refuses,
// cuts, stalls and lies, over loopback or inside a testing/synctest bubble. It also
// checks middleware that you write.
package buoy
