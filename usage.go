package buoy

import (
	"encoding/json"

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

// clone copies everything that u points to.
func (u *Usage) clone() *Usage {
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
