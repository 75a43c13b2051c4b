package conformance_test

import (
	"encoding/json"
	"math/rand/v2"

	"github.com/buoy-go/buoy"
)

// randomRequest returns a request in which each field is set or not, with values
// that the schema allows.
func randomRequest(r *rand.Rand) buoy.Request {
	req := buoy.Request{Model: one(r, "gpt-4o-mini", "openai/gpt-4o", "модель"), Messages: randomMessages(r)}
	maybe := func(set func()) {
		if r.IntN(3) == 0 {
			set()
		}
	}
	maybe(func() { req.Models = []string{"a", "b"} })
	maybe(func() { req.Fallbacks = []buoy.ModelFallback{{Model: "c"}} })
	maybe(func() { req.Preset = "p" })
	maybe(func() { req.Temperature = new(2 * r.Float64()) })
	maybe(func() { req.TopP = new(r.Float64()) })
	maybe(func() { req.TopK = new(r.IntN(100)) })
	maybe(func() { req.MinP = new(r.Float64()) })
	maybe(func() { req.TopA = new(r.Float64()) })
	maybe(func() { req.FrequencyPenalty = new(4*r.Float64() - 2) })
	maybe(func() { req.PresencePenalty = new(4*r.Float64() - 2) })
	maybe(func() { req.RepetitionPenalty = new(2 * r.Float64()) })
	maybe(func() { req.Seed = new(r.IntN(1000) - 500) })
	maybe(func() { req.LogitBias = map[string]float64{"50256": float64(r.IntN(201) - 100)} })
	maybe(func() { req.MaxTokens = new(1 + r.IntN(100)) })
	maybe(func() { req.MaxCompletionTokens = new(1 + r.IntN(100)) })
	maybe(func() { req.Stop = []string{"a", "\n", "конец"}[:1+r.IntN(3)] })
	maybe(func() { req.N = new(1 + r.IntN(3)) })
	maybe(func() { req.ResponseFormat = randomFormat(r) })
	maybe(func() { req.Modalities = []string{"text", "audio"} })
	maybe(func() { req.Audio = &buoy.AudioOptions{Voice: "alloy", Format: one(r, "wav", "opus", "pcm16")} })
	maybe(func() { req.ImageConfig = map[string]any{"aspect_ratio": "16:9"} })
	maybe(func() { req.Verbosity = one(r, "low", "medium", "high") })
	maybe(func() { req.Prediction = &buoy.Prediction{Content: text(r)} })
	maybe(func() { req.Prediction = &buoy.Prediction{Parts: []buoy.Part{buoy.Text(text(r))}} })
	maybe(func() { req.Logprobs = new(true) })
	maybe(func() { req.TopLogprobs = new(r.IntN(21)) })
	maybe(func() { req.Reasoning = &buoy.Reasoning{Effort: "high", Exclude: new(true)} })
	maybe(func() { req.ReasoningEffort = one(r, "none", "minimal", "low", "medium", "high", "xhigh", "max") })
	maybe(func() { req.Tools = randomTools(r) })
	maybe(func() { req.ToolChoice = randomChoice(r) })
	maybe(func() { req.ParallelToolCalls = new(r.IntN(2) == 0) })
	maybe(func() { req.WebSearchOptions = randomSearch(r) })
	maybe(func() { req.StopServerToolsWhen = []any{map[string]any{"type": "max_calls"}} })
	maybe(func() { req.Functions = []buoy.FunctionDefinition{{Name: "f", Parameters: schema}} })
	maybe(func() { req.FunctionCall = one(r, "none", "auto", "f") })
	maybe(func() { req.Provider = &buoy.ProviderPreferences{Sort: "price", AllowFallbacks: new(false)} })
	maybe(func() { req.Plugins = []buoy.Plugin{{ID: "context-compression", Enabled: new(false)}} })
	maybe(func() { req.Transforms = []string{"middle-out"} })
	maybe(func() { req.Route = "fallback" })
	maybe(func() { req.SessionID = text(r) })
	maybe(func() { req.Usage = &buoy.UsageOptions{Include: true} })
	maybe(func() { req.CacheControl = buoy.Ephemeral("1h") })
	maybe(func() { req.PromptCacheKey = text(r) })
	maybe(func() { req.PromptCacheOptions = &buoy.PromptCacheOptions{Mode: "explicit", TTL: "30m"} })
	maybe(func() { req.PromptCacheRetention = one(r, "in_memory", "24h") })
	maybe(func() { req.User = text(r) })
	maybe(func() { req.SafetyIdentifier = "hash" })
	maybe(func() { req.ServiceTier = one(r, "auto", "default", "flex", "scale", "priority", "fast") })
	maybe(func() { req.Store = new(true) })
	maybe(func() { req.Metadata = map[string]string{"k": text(r)} })
	maybe(func() {
		req.Moderation = &buoy.ModerationOptions{Model: "omni", Input: one(r, "", "score", "block"), Output: one(r, "", "block")}
	})
	maybe(func() { req.Trace = map[string]any{"trace_id": "t"} })
	maybe(func() { req.Debug = map[string]any{"echo_upstream_body": true} })
	maybe(func() {
		req.StreamOptions = &buoy.StreamOptions{IncludeUsage: new(r.IntN(2) == 0), IncludeObfuscation: new(false)}
	})
	maybe(func() { req.Extra = map[string]any{"custom": []any{1, "a", nil}} })
	return req
}

var schema = json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`)

func randomMessages(r *rand.Rand) []buoy.Message {
	list := []buoy.Message{one(r, buoy.System(text(r)), buoy.Developer(text(r)))}
	for range 1 + r.IntN(5) {
		switch r.IntN(6) {
		case 0:
			list = append(list, buoy.UserParts(randomParts(r)...))
		case 1:
			list = append(list, buoy.Message{
				Role: buoy.RoleAssistant, Content: one(r, "", text(r)), Reasoning: one(r, "", "hm"),
				ToolCalls: []buoy.ToolCall{
					{ID: "a", Type: buoy.ToolFunction, Function: buoy.FunctionCall{Name: "f", Arguments: text(r)}},
					{ID: "b", Custom: &buoy.CustomCall{Name: "c", Input: text(r)}},
				},
			}, buoy.ToolResult("a", text(r)), buoy.Message{Role: buoy.RoleTool, ToolCallID: "b", Parts: []buoy.Part{buoy.Text(text(r))}})
		case 2:
			list = append(list, buoy.Message{
				Role: buoy.RoleAssistant, Refusal: "no", Name: "bot", Audio: &buoy.Audio{ID: "audio_1", Data: "QQ==", Transcript: "a", ExpiresAt: 1},
				Annotations: []buoy.Annotation{{Type: "url_citation", URLCitation: &buoy.URLCitation{URL: "https://example.com"}}},
			})
		case 3:
			list = append(list, buoy.Message{Role: buoy.RoleAssistant, FunctionCall: &buoy.FunctionCall{Name: "f", Arguments: "{}"}},
				buoy.Message{Role: buoy.RoleFunction, Name: "f", Content: text(r)})
		case 4:
			list = append(list, buoy.Message{Role: buoy.RoleAssistant, Parts: []buoy.Part{buoy.Text("a"), {Type: buoy.PartRefusal, Refusal: "b"}}})
		default:
			list = append(list, buoy.Message{Role: buoy.RoleUser, Name: one(r, "", "ann"), Content: text(r), CacheControl: one(r, nil, buoy.Ephemeral(""))})
		}
	}
	return list
}

func randomParts(r *rand.Rand) []buoy.Part {
	parts := []buoy.Part{
		buoy.Text(text(r)), buoy.ImageURL("https://example.com/a.png"), buoy.ImageData("image/png", []byte(text(r))),
		buoy.InputAudio(one(r, "wav", "mp3"), []byte{1}), buoy.File("a.pdf", "application/pdf", []byte{2}), buoy.FileID("file-1"),
	}
	parts[1].ImageURL.Detail = one(r, "", "auto", "low", "high")
	parts[2].CacheBreakpoint = &buoy.CacheBreakpoint{Mode: "explicit"}
	parts[0].CacheControl = buoy.Ephemeral("5m")
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return parts[:1+r.IntN(len(parts))]
}

func randomTools(r *rand.Rand) []buoy.Tool {
	tools := []buoy.Tool{
		buoy.FunctionTool("f", text(r), schema),
		buoy.FunctionTool("g", "", map[string]any{"type": "object"}),
		buoy.CustomTool("c", text(r)),
		{Custom: &buoy.CustomDefinition{Name: "d", Format: &buoy.CustomFormat{Type: "grammar", Grammar: &buoy.Grammar{Definition: "start: WORD", Syntax: one(r, "lark", "regex")}}}},
	}
	tools[0].Function.Strict = one(r, nil, new(true))
	return tools[:1+r.IntN(len(tools))]
}

func randomChoice(r *rand.Rand) *buoy.ToolChoice {
	return one(r, buoy.ChooseAuto(), buoy.ChooseNone(), buoy.ChooseRequired(), buoy.ChooseFunction("f"), buoy.ChooseCustom("c"),
		buoy.ChooseAllowed(one(r, "auto", "required"), "f", "g"))
}

func randomFormat(r *rand.Rand) *buoy.ResponseFormat {
	return one(r, buoy.PlainText(), buoy.JSONObject(), buoy.JSONSchema("answer", schema, r.IntN(2) == 0),
		buoy.JSONSchema("answer", map[string]any{"type": "object"}, true))
}

func randomSearch(r *rand.Rand) *buoy.WebSearchOptions {
	return one(r, &buoy.WebSearchOptions{}, &buoy.WebSearchOptions{SearchContextSize: one(r, "low", "medium", "high"), UserLocation: &buoy.UserLocation{Country: "FR", City: "Paris"}})
}

// text is some text, with what JSON has to escape.
func text(r *rand.Rand) string {
	return one(r, "plain", "two\nlines\t\"quoted\" \\ ", "Съешь же ещё", "😀 \u2028", "<a href='x'>&amp;</a>", "\x00\x1f\x7f", "not \xff UTF-8")
}

func one[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }
