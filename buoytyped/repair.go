package buoytyped

import (
	"encoding/json"
	"slices"

	"github.com/buoy-go/buoy"
)

// repairing returns the request that shows the model its answer and what is
// wrong with it.
func repairing(req buoy.Request, bad *MismatchError) buoy.Request {
	what := bad.Reason
	if bad.Path != "" {
		what = bad.Path + ": " + what
	}
	if bad.Cause != nil {
		what += " (" + bad.Cause.Error() + ")"
	}
	said := buoy.Assistant(bad.Text)
	if len(bad.Response.Choices) > 0 {
		said = bad.Response.Choices[0].Message // with what a reasoning model wants back
	}
	req.Messages = append(slices.Clone(req.Messages), said,
		buoy.User("Your answer does not follow the JSON Schema: "+what+".\nAnswer again, completely, with the corrected JSON and nothing else."))
	return req
}

// account adds to an answer what the one before it has cost.
func account(resp, before *buoy.Response) {
	resp.Usage = sum(before.Usage, resp.Usage)
	resp.Info.Attempts = slices.Concat(before.Info.Attempts, resp.Info.Attempts)
}

// sum adds two usages. What is no amount (the balance, fields that buoy does not
// know) is the later one's.
func sum(a, b buoy.Usage) buoy.Usage {
	b.PromptTokens += a.PromptTokens
	b.CompletionTokens += a.CompletionTokens
	b.TotalTokens += a.TotalTokens

	p, q := &b.PromptTokensDetails, a.PromptTokensDetails
	p.CachedTokens += q.CachedTokens
	p.CacheWriteTokens += q.CacheWriteTokens
	p.TextTokens += q.TextTokens
	p.AudioTokens += q.AudioTokens
	p.ImageTokens += q.ImageTokens
	p.VideoTokens += q.VideoTokens

	c, d := &b.CompletionTokensDetails, a.CompletionTokensDetails
	c.ReasoningTokens += d.ReasoningTokens
	c.TextTokens += d.TextTokens
	c.AudioTokens += d.AudioTokens
	c.ImageTokens += d.ImageTokens
	c.AcceptedPredictionTokens += d.AcceptedPredictionTokens
	c.RejectedPredictionTokens += d.RejectedPredictionTokens

	b.CostRUB, b.Cost = added(a.CostRUB, b.CostRUB), added(a.Cost, b.Cost)
	if b.Balance == nil {
		b.Balance = a.Balance
	}
	b.CostDetails = addedDetails(a.CostDetails, b.CostDetails)
	if a.ServerToolUse != nil {
		sum := *a.ServerToolUse
		if b.ServerToolUse != nil {
			sum.WebSearchRequests += b.ServerToolUse.WebSearchRequests
			sum.Extra = b.ServerToolUse.Extra
		}
		b.ServerToolUse = &sum
	}
	return b
}

func added(a, b *float64) *float64 {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return new(*a + *b)
}

// addedDetails adds the numbers of two objects; anything else is the later one's.
func addedDetails(a, b json.RawMessage) json.RawMessage {
	var x, y map[string]any
	switch {
	case len(b) == 0:
		return a
	case json.Unmarshal(a, &x) != nil, json.Unmarshal(b, &y) != nil:
		return b
	}
	for name, v := range x {
		was, number := v.(float64)
		is, still := y[name].(float64)
		switch {
		case number && still:
			y[name] = was + is
		case y[name] == nil && y != nil:
			y[name] = v
		}
	}
	encoded, err := json.Marshal(y)
	if err != nil {
		return b
	}
	return encoded
}
