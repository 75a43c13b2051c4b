package buoytest

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strings"
	"time"
)

// Faults has the probability, from 0 to 1, of each fault. All other requests get a good
// answer, so the zero Faults has no faults. Each field does what the step of the same
// name does, unless its comment says otherwise.
type Faults struct {
	// Refusals, in the server's dialect.
	Error429     float64
	Error429Hint float64 // with Retry-After: Hint
	Error500     float64
	Error503     float64
	InBand       float64 // 200 with a 502 in the body
	ChoiceError  float64
	HTML         float64 // under 200
	// Connections.
	Reset float64
	Drop  float64
	Hang  float64 // for HangFor
	// Answers that stop in the middle, at a random token.
	Cut         float64
	ResetAfter  float64
	EndEarly    float64
	CutWithDone float64
	Stall       float64 // for HangFor
	Comments    float64 // keep-alive comments every 5 s for HangFor, then the rest
	StreamError float64
	Malformed   float64
	// Answers that say nothing.
	Empty     float64
	NoChoices float64
	// Good answers that take their time.
	Slow    float64 // Pause before each token
	Dribble float64 // one to seven bytes at a time

	Hint    time.Duration // 0 means one second
	HangFor time.Duration // 0 means until the client leaves
	Pause   time.Duration // 0 means 100 ms
}

// AllFaults divides the probability p evenly among all faults.
func AllFaults(p float64) Faults {
	var f Faults
	all := f.table()
	for _, k := range all {
		*k.p = p / float64(len(all))
	}
	return f
}

// Chaos answers every request at random, well or with a fault. Good answers have
// [ChaosText], so that [Intact] can detect a damaged one.
//
// What happens to a request depends only on seed and on the request's ordinal. With the
// same seed, request 17 always has the same fate, whatever happened to the others and
// however many goroutines there are. [Received].Outcome has the name of the field of
// [Faults], or "Reply". Chaos panics if a probability is negative or if their sum is
// more than 1.
func Chaos(seed uint64, f Faults) Step {
	all, sum := f.table(), 0.0
	for _, k := range all {
		if !(*k.p >= 0) {
			panic(fmt.Sprintf("buoytest: the probability of %s is %v", k.name, *k.p))
		}
		sum += *k.p
	}
	if sum > 1+1e-9 {
		panic(fmt.Sprintf("buoytest: the probabilities of the faults add up to %.3f, more than 1", sum))
	}
	return Step{rounds: -1, choose: func(r *Received) Step { return fate(all, seed, r.Ordinal) }}
}

// fate is what happens to the request with this ordinal.
func fate(all []fault, seed uint64, ordinal int) Step {
	rng := rand.New(rand.NewPCG(seed, uint64(ordinal)))
	base := &Answer{Text: ChaosText(ordinal)}
	u := rng.Float64()
	for _, k := range all {
		if u -= *k.p; u < 0 {
			s := k.step(rng, rng.IntN(len(base.tokens())))
			s.name, s.base = k.name, base
			return s
		}
	}
	return Step{name: "Reply", base: base}
}

// fault is a way to fail, or to be slow.
type fault struct {
	name string
	p    *float64
	step func(rng *rand.Rand, token int) Step
}

// table lists the faults with the probabilities of f. Its order is part of what a seed means.
func (f *Faults) table() []fault {
	always := func(s Step) func(*rand.Rand, int) Step { return func(*rand.Rand, int) Step { return s } }
	at := func(step func(int) Step) func(*rand.Rand, int) Step {
		return func(_ *rand.Rand, token int) Step { return step(token) }
	}
	const failure = `{"error":{"code":502,"message":"Upstream failed."}}`
	return []fault{
		{"Error429", &f.Error429, always(Fail(429))},
		{"Error429Hint", &f.Error429Hint, always(RetryAfter(orElse(f.Hint, time.Second), Fail(429)))},
		{"Error500", &f.Error500, always(Fail(500))},
		{"Error503", &f.Error503, always(Fail(503))},
		{"InBand", &f.InBand, always(InBand(failure))},
		{"ChoiceError", &f.ChoiceError, always(ChoiceError(502, "Upstream failed."))},
		{"HTML", &f.HTML, always(HTML(200))},
		{"Reset", &f.Reset, always(Reset())},
		{"Drop", &f.Drop, always(Drop())},
		{"Hang", &f.Hang, always(Hang(f.HangFor))},
		{"Cut", &f.Cut, at(Cut)},
		{"ResetAfter", &f.ResetAfter, at(ResetAfter)},
		{"EndEarly", &f.EndEarly, at(EndEarly)},
		{"CutWithDone", &f.CutWithDone, at(CutWithDone)},
		{"Stall", &f.Stall, at(func(token int) Step { return Stall(token, f.HangFor) })},
		{"Comments", &f.Comments, at(func(token int) Step { return CommentsAfter(token, 5*time.Second, f.HangFor) })},
		{"StreamError", &f.StreamError, at(func(token int) Step { return StreamError(token, failure) })},
		{"Malformed", &f.Malformed, at(Malformed)},
		{"Empty", &f.Empty, always(Step{serve: func(x *exchange) { x.reply(Answer{}) }})},
		{"NoChoices", &f.NoChoices, always(NoChoices())},
		{"Slow", &f.Slow, always(Slow(orElse(f.Pause, 100*time.Millisecond)))},
		{"Dribble", &f.Dribble, func(rng *rand.Rand, _ int) Step { return Dribble(Step{}, 1+rng.IntN(7)) }},
	}
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

var chaosWords = strings.Fields("a buoy keeps its head above the water while waves and wind try all day long to drown it")

// ChaosText returns the text of a good answer of [Chaos] to the request with this
// ordinal. It has 4 to 17 words. The first is the ordinal, and the last is a checksum
// of the others.
func ChaosText(ordinal int) string {
	rng := rand.New(rand.NewPCG(uint64(ordinal), 0))
	var b strings.Builder
	fmt.Fprintf(&b, "%d: ", ordinal)
	for range 2 + rng.IntN(14) {
		b.WriteString(chaosWords[rng.IntN(len(chaosWords))])
		b.WriteByte(' ')
	}
	said := b.String()
	return said + checksum(said)
}

// Intact reports whether text is a whole [ChaosText], with nothing missing, added or
// repeated.
func Intact(text string) bool {
	end := strings.LastIndexByte(text, ' ') + 1
	return end > 0 && text[end:] == checksum(text[:end])
}

func checksum(s string) string { return fmt.Sprintf("#%08x", crc32.ChecksumIEEE([]byte(s))) }
