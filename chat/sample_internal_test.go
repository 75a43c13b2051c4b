package chat

import "encoding/json"

// fullRequest has every field, so that a field which the codec forgets shows.
func fullRequest() *Request {
	return &Request{
		Model: "m",
		Messages: []Message{
			System("s"), Developer("d"),
			{Role: RoleUser, Name: "n", CacheControl: Ephemeral("1h"), Parts: []Part{
				{Type: PartText, Text: "t", CacheControl: Ephemeral(""), CacheBreakpoint: &CacheBreakpoint{Mode: "explicit"}},
				{Type: PartImageURL, ImageURL: &PartImage{URL: "https://x/y.png", Detail: "low"}},
				ImageData("image/png", []byte{1, 2}), InputAudio("wav", []byte{3}),
				File("a.pdf", "application/pdf", []byte{4}), FileID("file-1"), VideoURL("https://x/v"),
				{Type: "poem", Extra: map[string]json.RawMessage{"poem": json.RawMessage(`{"a": 1}`)}},
			}},
			{
				Role: RoleAssistant, Refusal: "no", Reasoning: "hm", ReasoningDetails: json.RawMessage(`[{"type": "reasoning.text"}]`),
				Audio: &Audio{ID: "audio_1", Data: "QQ==", Transcript: "a", ExpiresAt: 7},
				Annotations: []Annotation{
					{Type: "url_citation", URLCitation: &URLCitation{URL: "https://x", Title: "x"}},
					{Type: "file", Extra: map[string]json.RawMessage{"file": json.RawMessage(`{"hash":"h"}`)}},
				},
				ToolCalls: []ToolCall{
					{ID: "call_1", Type: ToolFunction, Function: FunctionCall{Name: "f", Arguments: `{"a":1}`}, Extra: map[string]json.RawMessage{"extra_content": json.RawMessage(`{"s":"x"}`)}},
					{ID: "call_2", Type: ToolCustom, Custom: &CustomCall{Name: "c", Input: "i"}},
				},
				Extra: map[string]json.RawMessage{"images": json.RawMessage(`[]`)},
			},
			{Role: RoleAssistant, ReasoningField: "reasoning_content", Reasoning: "hm", FunctionCall: &FunctionCall{Name: "f", Arguments: "{}"}},
			ToolResult("call_1", "r"),
			{Role: RoleFunction, Name: "f", Content: "r"},
		},
		Models: []string{"a", "b"}, Fallbacks: []ModelFallback{{Model: "c", Extra: map[string]any{"x": true}}}, Preset: "p",
		Temperature: new(0.2), TopP: new(1.0), TopK: new(3), MinP: new(0.05), TopA: new(0.5),
		FrequencyPenalty: new(-1.5), PresencePenalty: new(0.0), RepetitionPenalty: new(1.1), Seed: new(-42),
		LogitBias: map[string]float64{"50256": -100, "1": 2.5},
		MaxTokens: new(10), MaxCompletionTokens: new(20), Stop: []string{"\n", "END"}, N: new(2),
		ResponseFormat: JSONSchema("answer", json.RawMessage(`{"type": "object"}`), true),
		Modalities:     []string{"text", "audio"}, Audio: &AudioOptions{Voice: "alloy", Format: "mp3"},
		ImageConfig: map[string]any{"aspect_ratio": "16:9"}, Verbosity: "low", Prediction: &Prediction{Content: "p"},
		Logprobs: new(true), TopLogprobs: new(5),
		Reasoning:       &Reasoning{MaxTokens: new(100), Exclude: new(true), Enabled: new(true), Summary: "auto", Extra: map[string]any{"y": "z"}},
		ReasoningEffort: "high",
		Tools: []Tool{
			{Type: ToolFunction, CacheControl: Ephemeral("5m"), Function: &FunctionDefinition{Name: "f", Description: "d", Parameters: json.RawMessage(`{"type":"object"}`), Strict: new(true), Extra: map[string]any{"k": 1}}},
			{Type: ToolCustom, Custom: &CustomDefinition{Name: "c", Description: "d", Format: &CustomFormat{Type: "grammar", Grammar: &Grammar{Definition: "x", Syntax: "lark"}}}},
			ServerTool("aitunnel:web_search", map[string]any{"parameters": map[string]any{"max_results": 3}}),
		},
		ToolChoice: ChooseAllowed("required", "f"), ParallelToolCalls: new(false),
		WebSearchOptions:    &WebSearchOptions{SearchContextSize: "high", UserLocation: &UserLocation{Country: "FR", Region: "IDF", City: "Paris", Timezone: "Europe/Paris"}},
		StopServerToolsWhen: []any{map[string]any{"type": "max_calls", "n": 3.0}},
		Functions:           []FunctionDefinition{{Name: "old"}}, FunctionCall: "old",
		Provider: &ProviderPreferences{
			Sort: "price", Order: []string{"a"}, Only: []string{"b"}, Ignore: []string{"c"}, Quantizations: []string{"fp8"},
			AllowFallbacks: new(false), RequireParameters: new(true), DataCollection: "deny", ZDR: new(true), EnforceDistillableText: new(false),
			MaxPrice: &MaxPrice{Prompt: new(1.0), Completion: new(2.0), Request: new(0.1), Image: new(0.2), Audio: new(0.3)}, PreferredMinThroughput: new(50.0), PreferredMaxLatency: new(2.0),
			Extra: map[string]any{"options": map[string]any{"a": "b"}},
		},
		Plugins: []Plugin{
			{ID: "context-compression", Enabled: new(false)},
			{ID: "web", Engine: "exa", MaxResults: new(3), SearchPrompt: "s", Extra: map[string]any{"include_domains": []any{"x"}}},
			{ID: "file-parser", PDF: &PDFOptions{Engine: "native"}},
		},
		Transforms: []string{"middle-out"}, Route: "fallback", SessionID: "s", Usage: &UsageOptions{Include: true},
		CacheControl: Ephemeral("5m"), PromptCacheKey: "k", PromptCacheOptions: &PromptCacheOptions{Mode: "explicit", TTL: "30m"}, PromptCacheRetention: "24h",
		User: "u", SafetyIdentifier: "i", ServiceTier: "flex", Store: new(true), Metadata: map[string]string{"a": "b"},
		Moderation: &ModerationOptions{Model: "omni", Input: "score", Output: "block"},
		Trace:      map[string]any{"trace_id": "t"}, Debug: map[string]any{"echo_upstream_body": true},
		StreamOptions: &StreamOptions{IncludeUsage: new(true), IncludeObfuscation: new(false)},
		Extra:         map[string]any{"zeta": nil, "alpha": []int{1}},
	}
}

// fullBody is what fullRequest is sent as.
const fullBody = `{"model":"m","models":["a","b"],"fallbacks":[{"model":"c","x":true}],"preset":"p","messages":[` +
	`{"role":"system","content":"s"},{"role":"developer","content":"d"},` +
	`{"role":"user","content":[{"type":"text","text":"t","cache_control":{"type":"ephemeral"},"prompt_cache_breakpoint":{"mode":"explicit"}},` +
	`{"type":"image_url","image_url":{"url":"https://x/y.png","detail":"low"}},{"type":"image_url","image_url":{"url":"data:image/png;base64,AQI="}},` +
	`{"type":"input_audio","input_audio":{"data":"Aw==","format":"wav"}},{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,BA=="}},` +
	`{"type":"file","file":{"file_id":"file-1"}},{"type":"video_url","video_url":{"url":"https://x/v"}},{"type":"poem","poem":{"a": 1}}],` +
	`"name":"n","cache_control":{"type":"ephemeral","ttl":"1h"}},` +
	`{"role":"assistant","content":"","refusal":"no","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"},"extra_content":{"s":"x"}},` +
	`{"id":"call_2","type":"custom","custom":{"name":"c","input":"i"}}],"reasoning":"hm","reasoning_details":[{"type": "reasoning.text"}],"audio":{"id":"audio_1"},` +
	`"annotations":[{"type":"file","file":{"hash":"h"}}],"images":[]},` +
	`{"role":"assistant","content":"","function_call":{"name":"f","arguments":"{}"},"reasoning_content":"hm"},` +
	`{"role":"tool","content":"r","tool_call_id":"call_1"},{"role":"function","content":"r","name":"f"}],` +
	`"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},` +
	`"temperature":0.2,"top_p":1,"top_k":3,"min_p":0.05,"top_a":0.5,"frequency_penalty":-1.5,"presence_penalty":0,"repetition_penalty":1.1,"seed":-42,"logit_bias":{"1":2.5,"50256":-100},` +
	`"max_tokens":10,"max_completion_tokens":20,"stop":["\n","END"],"n":2,` +
	`"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type": "object"},"strict":true}},"modalities":["text","audio"],"audio":{"voice":"alloy","format":"mp3"},` +
	`"image_config":{"aspect_ratio":"16:9"},"verbosity":"low","prediction":{"type":"content","content":"p"},"logprobs":true,"top_logprobs":5,` +
	`"reasoning":{"max_tokens":100,"exclude":true,"enabled":true,"summary":"auto","y":"z"},"reasoning_effort":"high",` +
	`"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true,"k":1},"cache_control":{"type":"ephemeral","ttl":"5m"}},` +
	`{"type":"custom","custom":{"name":"c","description":"d","format":{"type":"grammar","grammar":{"definition":"x","syntax":"lark"}}}},{"type":"aitunnel:web_search","parameters":{"max_results":3}}],` +
	`"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}},"parallel_tool_calls":false,` +
	`"web_search_options":{"search_context_size":"high","user_location":{"type":"approximate","approximate":{"country":"FR","region":"IDF","city":"Paris","timezone":"Europe/Paris"}}},` +
	`"stop_server_tools_when":[{"n":3,"type":"max_calls"}],"functions":[{"name":"old"}],"function_call":{"name":"old"},` +
	`"provider":{"sort":"price","order":["a"],"only":["b"],"ignore":["c"],"quantizations":["fp8"],"allow_fallbacks":false,"require_parameters":true,"data_collection":"deny","zdr":true,"enforce_distillable_text":false,` +
	`"max_price":{"prompt":1,"completion":2,"request":0.1,"image":0.2,"audio":0.3},"preferred_min_throughput":50,"preferred_max_latency":2,"options":{"a":"b"}},` +
	`"plugins":[{"id":"context-compression","enabled":false},{"id":"web","engine":"exa","max_results":3,"search_prompt":"s","include_domains":["x"]},{"id":"file-parser","pdf":{"engine":"native"}}],` +
	`"transforms":["middle-out"],"route":"fallback","session_id":"s","usage":{"include":true},"cache_control":{"type":"ephemeral","ttl":"5m"},"prompt_cache_key":"k","prompt_cache_options":{"mode":"explicit","ttl":"30m"},"prompt_cache_retention":"24h",` +
	`"user":"u","safety_identifier":"i","service_tier":"flex","store":true,"metadata":{"a":"b"},"moderation":{"model":"omni","policy":{"input":{"mode":"score"},"output":{"mode":"block"}}},"trace":{"trace_id":"t"},"debug":{"echo_upstream_body":true},` +
	`"alpha":[1],"zeta":null}`
