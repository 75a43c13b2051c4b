package apicheck_test

import (
	"time"

	"github.com/buoy-go/buoy"
)

// firstRequest is that of the contract's first program.
var firstRequest = buoy.Request{
	Model:    "gpt-4o-mini",
	Messages: []buoy.Message{buoy.System("Be brief."), buoy.User("Why is the sky blue?")},
}

var (
	_ = buoy.Request{
		Model:           "",
		Messages:        []buoy.Message{},
		Temperature:     new(0.2),
		MaxTokens:       new(1),
		Tools:           []buoy.Tool{},
		ToolChoice:      new(buoy.ToolChoice),
		ResponseFormat:  new(buoy.ResponseFormat),
		Reasoning:       new(buoy.Reasoning),
		Logprobs:        new(true),
		StreamOptions:   new(buoy.StreamOptions),
		Models:          []string{},
		Provider:        new(buoy.ProviderPreferences),
		Plugins:         []buoy.Plugin{},
		Usage:           new(buoy.UsageOptions),
		User:            "",
		Metadata:        map[string]string{},
		ServiceTier:     "",
		PromptCacheKey:  "",
		Extra:           map[string]any{},
		N:               new(1),
		Stop:            []string{},
		Seed:            new(1),
		TopP:            new(1.0),
		LogitBias:       map[string]float64{},
		TopLogprobs:     new(1),
		Modalities:      []string{},
		Audio:           new(buoy.AudioOptions),
		Prediction:      new(buoy.Prediction),
		Store:           new(true),
		ReasoningEffort: "",
	}

	_ func(string) buoy.Message         = buoy.System
	_ func(string) buoy.Message         = buoy.Developer
	_ func(string) buoy.Message         = buoy.User
	_ func(string) buoy.Message         = buoy.Assistant
	_ func(...buoy.Part) buoy.Message   = buoy.UserParts
	_ func(...buoy.Part) buoy.Message   = buoy.SystemParts
	_ func(string, string) buoy.Message = buoy.ToolResult

	_ func(string) buoy.Part                 = buoy.Text
	_ func(string) buoy.Part                 = buoy.ImageURL
	_ func(string, []byte) buoy.Part         = buoy.ImageData
	_ func(string) buoy.Part                 = buoy.ImageFile
	_ func(string) buoy.Part                 = buoy.AudioFile
	_ func(string, []byte) buoy.Part         = buoy.InputAudio
	_ func(string, string, []byte) buoy.Part = buoy.File
)

var answer = buoy.Response{
	ID:                "",
	Model:             "",
	Created:           0,
	Choices:           []buoy.Choice{{Index: 0, Message: buoy.Message{}, FinishReason: "stop"}},
	Usage:             buoy.Usage{PromptTokens: 1, CompletionTokens: 1, TotalTokens: 2, CostRUB: new(0.1), Balance: new(1.0), Cost: new(0.1)},
	SystemFingerprint: "",
	ServiceTier:       "",
	Extra:             nil,
	Info:              info,
}

var info = buoy.CallInfo{
	Attempts:  []buoy.Attempt{{Endpoint: "", Model: "", Key: "", Duration: time.Second, Wait: time.Second, Err: nil, Usage: buoy.Usage{}}},
	Endpoint:  "",
	Model:     "",
	RequestID: "",
	RateLimit: buoy.RateLimitInfo{},
	Cache:     "",
	Degraded:  false,
}

var chunk = buoy.Chunk{
	Choices: []buoy.ChunkChoice{{
		Index: 0,
		Delta: buoy.Delta{Role: "", Content: "", Reasoning: "", Refusal: "", ToolCalls: []buoy.ToolCallDelta{{
			Index: 0, ID: "", Type: "", Function: buoy.FunctionCall{},
		}}},
		FinishReason: "",
	}},
	Usage:     new(buoy.Usage),
	Restarted: false,
}

var (
	_ string          = answer.Text()
	_ []buoy.ToolCall = answer.ToolCalls()
	_                 = buoy.ToolCall{ID: "", Type: "", Function: buoy.FunctionCall{Name: "", Arguments: ""}}

	_ string      = chunk.Text()
	_ []byte      = chunk.Raw()
	_ *buoy.Chunk = chunk.Clone()
)
