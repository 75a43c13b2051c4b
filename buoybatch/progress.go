package buoybatch

import (
	"errors"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/saturate"
)

// Progress says how far a batch has come and what it cost.
type Progress struct {
	Done    int // requests answered, including those from the journal
	Failed  int // requests that failed, including answers that Accept refused
	Resumed int // how many of Done came from the journal
	// Canceled counts the calls that were cut off when the context ended. They have not
	// failed. The next run sends them again.
	Canceled int
	Running  int // calls that are running
	Total    int // number of requests; 0 while unknown

	// What this run has spent, including failed attempts, as far as the providers
	// reported it.
	PromptTokens     int
	CompletionTokens int
	CostRUB          float64 // in roubles
	Cost             float64 // in US dollars

	Elapsed time.Duration // since the run started
	// ETA estimates how long the rest will take. It is 0 while there is no estimate.
	ETA time.Duration
}

// Share returns the part of the requests that has ended, from 0 to 1. It is 0 while
// Total is unknown.
func (p Progress) Share() float64 {
	if p.Total == 0 {
		return 0
	}
	return min(float64(p.Done+p.Failed)/float64(p.Total), 1)
}

// count adds a request that has ended.
func (p *Progress) count(d *outcome) {
	switch {
	case d.canceled:
		p.Canceled++
	case d.Response == nil || d.refused || d.unjudged:
		p.Failed++
	case d.Resumed:
		p.Resumed++
		p.Done++
	default:
		p.Done++
	}
	p.PromptTokens = saturate.Sum(p.PromptTokens, d.spent.prompt)
	p.CompletionTokens = saturate.Sum(p.CompletionTokens, d.spent.completion)
	p.CostRUB += d.spent.rub
	p.Cost += d.spent.usd
}

// at completes a copy for the user.
func (p Progress) at(elapsed time.Duration, running, total int) Progress {
	p.Elapsed, p.Running, p.Total = elapsed, running, total
	// Answers from the journal took no time, so they do not help the estimate.
	if asked := p.Done + p.Failed - p.Resumed; asked > 0 && total > 0 {
		left := max(total-p.Done-p.Failed, 0)
		p.ETA = time.Duration(float64(elapsed) / float64(asked) * float64(left))
	}
	return p
}

// spent is what the attempts of a request have cost.
type spent struct {
	prompt, completion int
	rub, usd           float64
}

func (s *spent) add(resp *buoy.Response, err error) {
	var attempts []buoy.Attempt
	if resp != nil {
		attempts = resp.Info.Attempts
	} else if ce, ok := errors.AsType[*buoy.CallError](err); ok {
		attempts = ce.Attempts
	}
	for i := range attempts {
		u := &attempts[i].Usage
		s.prompt = saturate.Sum(s.prompt, u.PromptTokens)
		s.completion = saturate.Sum(s.completion, u.CompletionTokens)
		s.rub += told(u.CostRUB)
		s.usd += told(u.Cost)
	}
}

// told returns a cost that a provider reported, or 0 if it reported none or nonsense.
func told(cost *float64) float64 {
	if cost == nil || !(*cost >= 0) || *cost > 9e9 {
		return 0
	}
	return *cost
}
