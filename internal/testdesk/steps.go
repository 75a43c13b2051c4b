package testdesk

import (
	"time"

	"github.com/buoy-go/buoy/buoytest"
)

// Refusals of a key.
var (
	BadKey    = buoytest.OpenAIError(401, "invalid_api_key", "Incorrect API key provided")
	NoMoney   = buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota")
	TooFast   = buoytest.OpenAIError(429, "rate_limit_exceeded", "Rate limit reached")
	Forbidden = buoytest.OpenAIError(403, "", "Country not supported")
)

// Late answers d after it was asked; a stream then begins.
func Late(d time.Duration) buoytest.Step { return buoytest.Delay(d, buoytest.Reply("fine")) }

// Used answers with that many tokens of prompt and of answer.
func Used(prompt, answer int) buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{Text: "It scatters.", Usage: buoytest.Usage{PromptTokens: prompt, CompletionTokens: answer}})
}

// Costs answers for a price in roubles.
func Costs(rub float64) buoytest.Step {
	return buoytest.ReplyWith(buoytest.Answer{Text: "It scatters.", Usage: buoytest.Usage{PromptTokens: 7, CompletionTokens: 3, CostRUB: &rub}})
}
