package chat

import (
	"cmp"
	"encoding/json"
	"maps"

	"github.com/buoy-go/buoy/internal/clone"
)

// Usage is what an answer cost, as far as the provider told it. The zero value
// means that it told nothing.
type Usage struct {
	PromptTokens            int
	CompletionTokens        int // reasoning included
	TotalTokens             int
	PromptTokensDetails     PromptTokensDetails
	CompletionTokensDetails CompletionTokensDetails

	CostRUB       *float64        // AITUNNEL: price in roubles
	Balance       *float64        // AITUNNEL: roubles left on the account
	Cost          *float64        // OpenRouter: price in its credits, which are US dollars
	CostDetails   json.RawMessage // OpenRouter
	IsBYOK        *bool           // OpenRouter: paid with a key of one's own
	ServerToolUse *ServerToolUse
	// Extra has the fields that buoy does not know, and known ones whose value is
	// not of the documented type.
	Extra map[string]json.RawMessage
}

// PromptTokensDetails tells what the prompt's tokens were.
type PromptTokensDetails struct {
	CachedTokens     int // read from the prompt cache, at a lower price
	CacheWriteTokens int
	TextTokens       int
	AudioTokens      int
	ImageTokens      int
	VideoTokens      int
	Extra            map[string]json.RawMessage
}

// CompletionTokensDetails tells what the answer's tokens were.
type CompletionTokensDetails struct {
	ReasoningTokens          int
	TextTokens               int
	AudioTokens              int
	ImageTokens              int
	AcceptedPredictionTokens int
	RejectedPredictionTokens int // billed all the same
	Extra                    map[string]json.RawMessage
}

// ServerToolUse counts the calls of tools that the provider ran itself.
type ServerToolUse struct {
	WebSearchRequests int
	Extra             map[string]json.RawMessage
}

// MarshalJSON returns the usage in the form of a provider's reply.
func (u Usage) MarshalJSON() ([]byte, error) {
	var w writer
	w.usage(&u)
	return w.done()
}

// UnmarshalJSON reads a usage.
func (u *Usage) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool { return d.usage(u) })
}

// Clone returns a copy that shares no memory with u, nil for nil.
func (u *Usage) Clone() *Usage {
	if u == nil {
		return nil
	}
	c := *u
	c.CostRUB, c.Balance, c.Cost, c.IsBYOK = clone.Ptr(u.CostRUB), clone.Ptr(u.Balance), clone.Ptr(u.Cost), clone.Ptr(u.IsBYOK)
	c.CostDetails = clone.Raw(u.CostDetails)
	c.ServerToolUse = clone.Ptr(u.ServerToolUse)
	if c.ServerToolUse != nil {
		c.ServerToolUse.Extra = clone.Extra(u.ServerToolUse.Extra)
	}
	c.PromptTokensDetails.Extra = clone.Extra(u.PromptTokensDetails.Extra)
	c.CompletionTokensDetails.Extra = clone.Extra(u.CompletionTokensDetails.Extra)
	c.Extra = clone.Extra(u.Extra)
	return &c
}

// Plus returns what two answers cost together, of which that of u came first. Of what
// cannot be added, such as the balance, the later word counts.
func (u Usage) Plus(later Usage) Usage {
	sum := *later.Clone()
	sum.PromptTokens += u.PromptTokens
	sum.CompletionTokens += u.CompletionTokens
	sum.TotalTokens += u.TotalTokens

	p, q := &sum.PromptTokensDetails, u.PromptTokensDetails
	p.CachedTokens += q.CachedTokens
	p.CacheWriteTokens += q.CacheWriteTokens
	p.TextTokens += q.TextTokens
	p.AudioTokens += q.AudioTokens
	p.ImageTokens += q.ImageTokens
	p.VideoTokens += q.VideoTokens
	p.Extra = laterOf(q.Extra, p.Extra)

	c, d := &sum.CompletionTokensDetails, u.CompletionTokensDetails
	c.ReasoningTokens += d.ReasoningTokens
	c.TextTokens += d.TextTokens
	c.AudioTokens += d.AudioTokens
	c.ImageTokens += d.ImageTokens
	c.AcceptedPredictionTokens += d.AcceptedPredictionTokens
	c.RejectedPredictionTokens += d.RejectedPredictionTokens
	c.Extra = laterOf(d.Extra, c.Extra)

	sum.CostRUB, sum.Cost = addCost(u.CostRUB, sum.CostRUB), addCost(u.Cost, sum.Cost)
	if sum.Balance == nil {
		sum.Balance = clone.Ptr(u.Balance)
	}
	if sum.ServerToolUse == nil {
		sum.ServerToolUse = clone.Ptr(u.ServerToolUse)
	} else if u.ServerToolUse != nil {
		sum.ServerToolUse.WebSearchRequests += u.ServerToolUse.WebSearchRequests
	}
	sum.Extra = laterOf(u.Extra, sum.Extra)
	return sum
}

func addCost(a, b *float64) *float64 {
	if a == nil || b == nil {
		return cmp.Or(clone.Ptr(b), clone.Ptr(a))
	}
	return new(*a + *b)
}

func laterOf(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	if len(a) == 0 {
		return b
	}
	a = clone.Extra(a)
	maps.Copy(a, b)
	return a
}
