package chat

// Request is a chat-completions request: every field that OpenAI, AITUNNEL and
// OpenRouter document. Model and Messages are needed, all else is optional. A
// scalar whose zero is a value is a pointer (Temperature: new(0.2)); "" and nil
// are not sent.
//
// A call checks the request before anything is sent, see [FieldError]. A
// Request may be used by several calls at once; the client never changes it.
//
// AITUNNEL reserves the price of MaxTokens before a call: a large value is
// refused with buoy.ErrQuota while there is still money on the account.
type Request struct {
	Model    string    `json:"model"`
	Messages []Message `json:"messages"`

	// Models is a list that the server falls back along, in place of Model
	// (AITUNNEL, OpenRouter). It multiplies with a fallback of the client's.
	Models    []string        `json:"models,omitempty"`
	Fallbacks []ModelFallback `json:"fallbacks,omitempty"` // AITUNNEL: the same in Anthropic's form
	Preset    string          `json:"preset,omitempty"`    // OpenRouter: settings stored there

	// Sampling.
	Temperature       *float64           `json:"temperature,omitempty"` // 0 to 2
	TopP              *float64           `json:"top_p,omitempty"`       // 0 to 1
	TopK              *int               `json:"top_k,omitempty"`
	MinP              *float64           `json:"min_p,omitempty"`
	TopA              *float64           `json:"top_a,omitempty"`
	FrequencyPenalty  *float64           `json:"frequency_penalty,omitempty"` // -2 to 2
	PresencePenalty   *float64           `json:"presence_penalty,omitempty"`  // -2 to 2
	RepetitionPenalty *float64           `json:"repetition_penalty,omitempty"`
	Seed              *int               `json:"seed,omitempty"`
	LogitBias         map[string]float64 `json:"logit_bias,omitempty"` // token id -> -100 to 100

	// Length and number of answers.
	MaxTokens           *int     `json:"max_tokens,omitempty"`            // deprecated by OpenAI, the usual one elsewhere
	MaxCompletionTokens *int     `json:"max_completion_tokens,omitempty"` // reasoning included
	Stop                []string `json:"stop,omitempty"`                  // OpenAI takes up to 4
	N                   *int     `json:"n,omitempty"`                     // answers wanted; all are paid

	// Shape of the answer.
	ResponseFormat *ResponseFormat `json:"response_format,omitempty"`
	Modalities     []string        `json:"modalities,omitempty"` // "text", "audio", "image"
	Audio          *AudioOptions   `json:"audio,omitempty"`
	ImageConfig    map[string]any  `json:"image_config,omitempty"` // OpenRouter
	Verbosity      string          `json:"verbosity,omitempty"`    // "low", "medium", "high"
	Prediction     *Prediction     `json:"prediction,omitempty"`
	Logprobs       *bool           `json:"logprobs,omitempty"`
	TopLogprobs    *int            `json:"top_logprobs,omitempty"` // 0 to 20

	// Thinking. OpenAI reads ReasoningEffort, gateways Reasoning or both.
	Reasoning       *Reasoning `json:"reasoning,omitempty"`
	ReasoningEffort string     `json:"reasoning_effort,omitempty"` // "none" ... "max"

	// Tools.
	Tools               []Tool               `json:"tools,omitempty"`
	ToolChoice          *ToolChoice          `json:"tool_choice,omitempty"`
	ParallelToolCalls   *bool                `json:"parallel_tool_calls,omitempty"`
	WebSearchOptions    *WebSearchOptions    `json:"web_search_options,omitempty"`
	StopServerToolsWhen []any                `json:"stop_server_tools_when,omitempty"` // OpenRouter
	Functions           []FunctionDefinition `json:"functions,omitempty"`              // deprecated by OpenAI: Tools
	// FunctionCall is "none", "auto" or a function's name; deprecated by OpenAI:
	// ToolChoice.
	FunctionCall string `json:"function_call,omitempty"`

	// Routing and plugins of a gateway.
	Provider   *ProviderPreferences `json:"provider,omitempty"`
	Plugins    []Plugin             `json:"plugins,omitempty"`
	Transforms []string             `json:"transforms,omitempty"` // OpenRouter, replaced by the plugin "context-compression"
	Route      string               `json:"route,omitempty"`      // OpenRouter: "fallback"
	SessionID  string               `json:"session_id,omitempty"` // one session stays with one provider
	Usage      *UsageOptions        `json:"usage,omitempty"`      // OpenRouter

	// Prompt cache.
	CacheControl         *CacheControl       `json:"cache_control,omitempty"`
	PromptCacheKey       string              `json:"prompt_cache_key,omitempty"`
	PromptCacheOptions   *PromptCacheOptions `json:"prompt_cache_options,omitempty"`
	PromptCacheRetention string              `json:"prompt_cache_retention,omitempty"` // "in_memory", "24h"

	// Bookkeeping.
	User             string             `json:"user,omitempty"`
	SafetyIdentifier string             `json:"safety_identifier,omitempty"` // at most 64 characters
	ServiceTier      string             `json:"service_tier,omitempty"`      // "auto", "default", "flex", "priority" ...
	Store            *bool              `json:"store,omitempty"`
	Metadata         map[string]string  `json:"metadata,omitempty"` // at most 16 pairs
	Moderation       *ModerationOptions `json:"moderation,omitempty"`
	Trace            map[string]any     `json:"trace,omitempty"` // OpenRouter
	Debug            map[string]any     `json:"debug,omitempty"` // OpenRouter, streams only

	// StreamOptions is sent with streams only. nil asks for the usage.
	StreamOptions *StreamOptions `json:"stream_options,omitempty"`

	// Extra is merged into the body, keys in alphabetical order behind all
	// fields. A key in it replaces the field of that name; a nil value is sent as
	// null. "stream" is refused: Chat and Stream decide that.
	Extra map[string]any `json:"-"`

	kept map[string]keptField
}

// StreamOptions says what a stream brings besides the answer.
type StreamOptions struct {
	// IncludeUsage asks for the usage at the end; default true. false is for
	// servers that refuse the option, and then no stream_options are sent unless
	// the other field asks for them.
	IncludeUsage *bool `json:"include_usage,omitempty"`
	// IncludeObfuscation: false saves the padding that OpenAI adds to each chunk
	// against listeners who measure its size.
	IncludeObfuscation *bool `json:"include_obfuscation,omitempty"`
}

// UsageOptions asks OpenRouter to account in the reply; it does so by default
// now.
type UsageOptions struct {
	Include bool `json:"include"`
}

// Choices is how many answers the request asks for, 0 where Extra says it in a way that
// only the provider understands.
func (r *Request) Choices() int {
	switch n, other := r.Extra["n"]; n := n.(type) {
	case nil:
		if other {
			return 1
		}
	case int:
		return max(n, 1)
	default:
		return 0
	}
	if r.N == nil {
		return 1
	}
	return max(*r.N, 1)
}

// MarshalJSON returns the request for storing: the body that Chat would
// send, with messages kept whole (see [Message]) and StreamOptions included.
func (r Request) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.request(&r, r.Model, false)
	return w.done()
}

// UnmarshalJSON reads a request that MarshalJSON wrote, or any body of a
// chat-completions request; "stream" is ignored. Fields that buoy does not know go
// to Extra as json.RawMessage, and so do known ones that are null or not of the
// documented type. Members of nested objects that have no field, and a stop that is a
// word, go out as they came unless the field is changed.
func (r *Request) UnmarshalJSON(data []byte) error {
	type plain Request
	var p plain
	var stop stringOrList
	var call functionChoice
	extra, err := unmarshalExtra(data, &p, map[string]any{"stop": &stop, "function_call": &call})
	if err != nil {
		return err
	}
	delete(extra, "stream")
	*r = Request(p)
	r.Stop, r.FunctionCall, r.Extra = stop, string(call), extra
	r.keep(data)
	return nil
}
