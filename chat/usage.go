package chat

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"

	"github.com/buoy-go/buoy/internal/clone"
)

// Usage says how many tokens an answer used and what it cost, as far as the provider
// reported it. The zero value means that it reported nothing.
type Usage struct {
	PromptTokens            int
	CompletionTokens        int // reasoning included, also where the provider counts it apart (xAI)
	TotalTokens             int
	PromptTokensDetails     PromptTokensDetails
	CompletionTokensDetails CompletionTokensDetails

	CostRUB       *float64        // AITUNNEL: price in roubles
	Balance       *float64        // AITUNNEL: roubles left on the account
	Cost          *float64        // price in US dollars, as OpenRouter (its credits), DeepInfra, xAI and Perplexity report it
	CostDetails   json.RawMessage // OpenRouter
	IsBYOK        *bool           // OpenRouter: the user's own key for the provider was used
	ServerToolUse *ServerToolUse
	// Extra has the fields that buoy does not know, and known fields whose value is not
	// of the documented type.
	Extra map[string]json.RawMessage
}

// PromptTokensDetails breaks down the tokens of the prompt.
type PromptTokensDetails struct {
	CachedTokens     int // read from the prompt cache, at a lower price
	CacheWriteTokens int // written to the prompt cache
	TextTokens       int
	AudioTokens      int
	ImageTokens      int
	VideoTokens      int
	Extra            map[string]json.RawMessage
}

// CompletionTokensDetails breaks down the tokens of the answer.
type CompletionTokensDetails struct {
	ReasoningTokens          int
	TextTokens               int
	AudioTokens              int
	ImageTokens              int
	AcceptedPredictionTokens int
	RejectedPredictionTokens int // billed like the others
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

// UnmarshalJSON reads a usage as a provider sends it or MarshalJSON wrote it.
func (u *Usage) UnmarshalJSON(data []byte) error {
	return unmarshalWith(data, func(d *decoder) bool {
		ok := d.usage(u)
		u.Sum()
		return ok
	})
}

// Clone returns a copy that shares no memory with u. It returns nil for nil.
func (u *Usage) Clone() *Usage {
	if u == nil {
		return nil
	}
	c := *u
	c.detach()
	return &c
}

// detach makes the usage share no memory with the one that it was copied from.
func (c *Usage) detach() {
	u := *c
	c.CostRUB, c.Balance, c.Cost, c.IsBYOK = clone.Ptr(u.CostRUB), clone.Ptr(u.Balance), clone.Ptr(u.Cost), clone.Ptr(u.IsBYOK)
	c.CostDetails = clone.Raw(u.CostDetails)
	c.ServerToolUse = clone.Ptr(u.ServerToolUse)
	if c.ServerToolUse != nil {
		c.ServerToolUse.Extra = clone.Extra(u.ServerToolUse.Extra)
	}
	c.PromptTokensDetails.Extra = clone.Extra(u.PromptTokensDetails.Extra)
	c.CompletionTokensDetails.Extra = clone.Extra(u.CompletionTokensDetails.Extra)
	c.Extra = clone.Extra(u.Extra)
}

// Sum sets a total that was not told to the sum of prompt and completion. Use it once
// all reports of an answer are there: in a stream the counts may come one by one.
func (u *Usage) Sum() {
	if u.TotalTokens == 0 {
		u.TotalTokens = plus(u.PromptTokens, u.CompletionTokens)
	}
}

// clamp takes counts below 0 for none told: OpenAI was seen to send them.
func (u *Usage) clamp() {
	for _, n := range u.counts() {
		*n = max(*n, 0)
	}
}

// told counts the numbers that are not 0.
func (u *Usage) told() (n int) {
	for _, f := range u.counts() {
		if *f != 0 {
			n++
		}
	}
	return n
}

// counts are the numbers.
func (u *Usage) counts() [15]*int {
	p, c := &u.PromptTokensDetails, &u.CompletionTokensDetails
	return [15]*int{
		&u.PromptTokens, &u.CompletionTokens, &u.TotalTokens,
		&p.CachedTokens, &p.CacheWriteTokens, &p.TextTokens, &p.AudioTokens, &p.ImageTokens, &p.VideoTokens,
		&c.ReasoningTokens, &c.TextTokens, &c.AudioTokens, &c.ImageTokens, &c.AcceptedPredictionTokens, &c.RejectedPredictionTokens,
	}
}

// Update merges a later report for the same answer into u, as streams send it. Numbers
// that are missing or 0 in the later report do not replace earlier ones. A total that is
// left behind by the others becomes their sum.
func (u *Usage) Update(later *Usage) {
	news := *later
	news.detach()
	have := u.counts()
	for i, f := range news.counts() {
		if *f != 0 {
			*have[i] = *f
		}
	}
	if sum := plus(u.PromptTokens, u.CompletionTokens); u.TotalTokens != 0 && news.TotalTokens == 0 && u.TotalTokens < sum {
		u.TotalTokens = sum
	}
	u.CostRUB = laterCost(u.CostRUB, news.CostRUB)
	u.Cost = laterCost(u.Cost, news.Cost)
	u.Balance = cmp.Or(news.Balance, u.Balance)
	u.IsBYOK = cmp.Or(news.IsBYOK, u.IsBYOK)
	if news.CostDetails != nil {
		u.CostDetails = news.CostDetails
	}
	if news.ServerToolUse != nil && (u.ServerToolUse == nil || news.ServerToolUse.WebSearchRequests != 0) {
		u.ServerToolUse = news.ServerToolUse
	}
	p, c := &u.PromptTokensDetails, &u.CompletionTokensDetails
	p.Extra = laterOf(p.Extra, news.PromptTokensDetails.Extra)
	c.Extra = laterOf(c.Extra, news.CompletionTokensDetails.Extra)
	u.Extra = laterOf(u.Extra, news.Extra)
}

func laterCost(have, news *float64) *float64 {
	if news == nil || have != nil && *news == 0 {
		return have
	}
	return news
}

// plus adds two counts; what is too large for an int is the largest.
func plus(a, b int) int {
	switch {
	case b > 0 && a > math.MaxInt-b:
		return math.MaxInt
	case b < 0 && a < math.MinInt-b:
		return math.MinInt
	}
	return a + b
}

// Plus returns the usage of two answers together. Counts and costs are added, and a sum
// too large for its type becomes the largest value. What cannot be added, such as the
// balance, is taken from later if it is there.
func (u Usage) Plus(later Usage) Usage {
	sum := *later.Clone()
	sum.Sum() // else a total that one of them did not tell counts for nothing
	u.Sum()
	before := u.counts()
	for i, f := range sum.counts() {
		*f = plus(*before[i], *f)
	}
	p, c := &sum.PromptTokensDetails, &sum.CompletionTokensDetails
	p.Extra = laterOf(u.PromptTokensDetails.Extra, p.Extra)
	c.Extra = laterOf(u.CompletionTokensDetails.Extra, c.Extra)

	sum.CostRUB, sum.Cost = addCost(u.CostRUB, sum.CostRUB), addCost(u.Cost, sum.Cost)
	sum.CostDetails = addDetails(u.CostDetails, sum.CostDetails)
	if sum.Balance == nil {
		sum.Balance = clone.Ptr(u.Balance)
	}
	if sum.ServerToolUse == nil {
		sum.ServerToolUse = clone.Ptr(u.ServerToolUse)
	} else if u.ServerToolUse != nil {
		sum.ServerToolUse.WebSearchRequests = plus(sum.ServerToolUse.WebSearchRequests, u.ServerToolUse.WebSearchRequests)
	}
	sum.Extra = laterOf(u.Extra, sum.Extra)
	return sum
}

func addCost(a, b *float64) *float64 {
	if a == nil || b == nil {
		return cmp.Or(clone.Ptr(b), clone.Ptr(a))
	}
	return new(max(min(*a+*b, math.MaxFloat64), -math.MaxFloat64)) // JSON has no infinity
}

// addDetails adds the numbers of two objects. Anything else is the later one's.
func addDetails(a, b json.RawMessage) json.RawMessage {
	var x, y map[string]json.RawMessage
	if len(b) == 0 {
		return clone.Raw(a)
	}
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil || y == nil {
		return b
	}
	for name, before := range x {
		var was, is float64
		switch later, ok := y[name]; {
		case !ok || string(later) == "null":
			y[name] = before
		case json.Unmarshal(before, &was) == nil && json.Unmarshal(later, &is) == nil && string(before) != "null":
			sum, err := json.Marshal(max(min(was+is, math.MaxFloat64), -math.MaxFloat64))
			if err != nil {
				return b
			}
			y[name] = sum
		}
	}
	sum, err := json.Marshal(y)
	if err != nil {
		return b
	}
	return sum
}

func laterOf(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	if len(a) == 0 {
		return b
	}
	a = clone.Extra(a)
	maps.Copy(a, b)
	return a
}
