package buoy

import (
	"errors"
	"math"

	"github.com/buoy-go/buoy/internal/demand"
	"github.com/buoy-go/buoy/internal/gate"
)

// This file says what a call costs its rate limit: an estimate before, the usage
// after.

// charge is what one call takes of its limit.
type charge struct {
	limit   limited
	target  targetKey
	pass    *gate.Pass
	prompt  int
	answers int
	output  int // of all answers together
}

func (c *charge) tokens() int { return c.prompt + c.output }

// estimate refuses what can never go: a prompt, and an answer of the length that
// the request itself allows, of more than a minute's allowance.
func (c *charge) estimate(call *Call) error {
	all := c.limit.TokensPerMinute
	if all == 0 || call.Request == nil {
		return nil
	}
	r, count := call.Request, c.limit.Estimate
	if count == nil {
		count = EstimateTokens
	}
	c.prompt, c.answers = min(max(count(r), 1), math.MaxInt/2), 1 // a sum with it must not overflow
	if r.N != nil {
		c.answers = max(*r.N, 1)
	}
	output, asked := c.limit.gates.lengths.Expect(c.target, demand.OutputLimit(r), c.answers)
	c.output = output
	if c.prompt > all || asked && c.tokens() > all {
		return c.limit.refusal(0, "takes %d tokens per minute, and this request alone has about %d (%d of prompt, %d of answer): shorten it, lower MaxTokens or raise RateLimit.TokensPerMinute",
			all, c.tokens(), c.prompt, c.output)
	}
	c.output = min(c.output, all-c.prompt) // a mere guess refuses nobody
	return nil
}

// settle puts what became known of the call in the place of the estimate. An
// answer that began may have been generated to its end, whatever became of it here.
func (c *charge) settle(err error, began bool, u Usage) {
	used := int(totalTokens(&u))
	switch {
	case used > 0:
		c.pass.Settle(1, used)
		if err == nil && c.answers > 0 {
			c.limit.gates.lengths.Add(c.target, u.CompletionTokens, c.answers)
		}
	case !began && neverSent(err):
		c.pass.Settle(0, 0)
	case !began && refused(err):
		c.pass.Settle(1, c.prompt) // providers count failed requests, too
	default:
		c.pass.Keep()
	}
}

// neverSent reports a failure before the wire: a gate below, a request that
// cannot be sent, no connection.
func neverSent(err error) bool {
	if te, ok := errors.AsType[*TransportError](err); ok {
		return !te.Sent
	}
	if _, ok := errors.AsType[*RequestError](err); ok {
		return true
	}
	kind := KindOf(err)
	return kind == ErrCircuitOpen || kind == ErrLimit
}

// refused reports an answer that is a refusal.
func refused(err error) bool {
	_, ok := errors.AsType[*APIError](err)
	return ok
}
