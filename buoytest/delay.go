package buoytest

import "time"

// Hang takes the request, sends nothing for d, and then closes the connection without
// an answer. If d <= 0, it waits until the client leaves. For an answer that comes
// late, use [Delay].
func Hang(d time.Duration) Step {
	return Step{name: "Hang", serve: func(x *exchange) {
		x.sleep(d)
		x.drop()
	}}
}

// Delay sends nothing for d, not even headers, and then answers as step does.
func Delay(d time.Duration, step Step) Step {
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		x.sleep(max(d, 1))
		serve(x)
	})
}

// Slow streams these tokens and waits before each. Without tokens it uses those of
// [DefaultText]. A whole reply comes after all the waiting.
func Slow(perToken time.Duration, tokens ...string) Step {
	s := Step{name: "Slow", serve: func(x *exchange) { x.slowly(perToken) }}
	if len(tokens) > 0 {
		s.base = &Answer{Tokens: append([]string{}, tokens...)}
	}
	return s
}

func (x *exchange) slowly(perToken time.Duration) {
	perToken = max(perToken, 1)
	tokens := x.base.tokens()
	if !x.got.Stream {
		x.sleep(perToken * time.Duration(max(len(tokens), 1)))
		x.reply(x.base)
		return
	}
	s := x.open(x.base)
	for _, t := range tokens {
		x.sleep(perToken)
		s.say(t)
	}
	s.finish()
}

// Stall sends this many tokens, nothing for d, and then the rest. If d <= 0, it waits
// until the client leaves. With Stall(0, d) the headers and the role come at once, and
// the first token late.
func Stall(after int, d time.Duration) Step {
	return Step{name: "Stall", serve: func(x *exchange) {
		rest := x.begin(after)
		x.sleep(d)
		rest()
	}}
}

// Comments sends keep-alive comments before the first token, one at each interval, for
// the time total. The connection is alive, but there is no answer. Then the answer
// follows; if total <= 0, it never does. A whole reply gets blank lines in place of
// comments, as gateways send them.
func Comments(every, total time.Duration) Step { return CommentsAfter(0, every, total) }

// CommentsAfter is like [Comments], after this many tokens.
func CommentsAfter(after int, every, total time.Duration) Step {
	return lively("Comments", after, every, total, func(s *events) { s.comment("keep-alive") })
}

// EmptyDeltas is like [CommentsAfter], but sends chunks with an empty delta: valid
// events that bring nothing.
func EmptyDeltas(after int, every, total time.Duration) Step {
	return lively("EmptyDeltas", after, every, total, func(s *events) { s.delta(`{}`, "") })
}

// lively shows a sign of life at each interval, which is not progress.
func lively(name string, after int, every, total time.Duration, sign func(*events)) Step {
	every = max(every, 1)
	beat := func(x *exchange, sign func()) {
		for spent := time.Duration(0); total <= 0 || spent < total; spent += every {
			sign()
			x.sleep(every)
		}
	}
	return Step{name: name, serve: func(x *exchange) {
		a := x.base.longer(after + 1)
		if !x.got.Stream {
			x.head(200, jsonType, -1)
			beat(x, func() {
				x.send([]byte("\n"))
				x.flush()
			})
			x.send(x.completion(a))
			return
		}
		s := x.open(a)
		s.say(a.Tokens[:after]...)
		beat(x, func() { sign(s) })
		s.finish(a.Tokens[after:]...)
	}}
}
