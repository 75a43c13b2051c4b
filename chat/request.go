package chat

// Request is a chat-completions request. It has every field that OpenAI, AITUNNEL and
// OpenRouter document. Set Model and Messages; everything else is optional. A field for
// which zero is a meaningful value is a pointer: write Temperature: new(0.2). Fields
// that are "" or nil are not sent.
//
// A call validates the request before it sends anything; see [FieldError]. Several
// calls may use one Request at the same time. The client never changes it.
//
// AITUNNEL reserves the price of MaxTokens before a call. If that is more than the
// money on the account, it refuses the call with buoy.ErrQuota although there is some
// left.
type Request struct {
	Model    string    `json:"model"`
	Messages []Message `json:"messages"`

	// Models is a list of models that the server tries in order, instead of Model
	// (AITUNNEL, OpenRouter). It does so for each attempt of the client, so the numbers
	// multiply.
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
	LogitBias         map[string]float64 `json:"logit_bias,omitempty"` // by token id, -100 to 100

	// Length and number of answers.
	MaxTokens           *int     `json:"max_tokens,omitempty"`            // deprecated by OpenAI, usual elsewhere
	MaxCompletionTokens *int     `json:"max_completion_tokens,omitempty"` // reasoning included
	Stop                []string `json:"stop,omitempty"`                  // OpenAI accepts up to 4
	N                   *int     `json:"n,omitempty"`                     // number of answers, default 1; each is billed

	// Form of the answer.
	ResponseFormat *ResponseFormat `json:"response_format,omitempty"`
	Modalities     []string        `json:"modalities,omitempty"` // "text", "audio", "image"
	Audio          *AudioOptions   `json:"audio,omitempty"`
	ImageConfig    map[string]any  `json:"image_config,omitempty"` // OpenRouter
	Verbosity      string          `json:"verbosity,omitempty"`    // "low", "medium", "high"
	Prediction     *Prediction     `json:"prediction,omitempty"`
	Logprobs       *bool           `json:"logprobs,omitempty"`
	TopLogprobs    *int            `json:"top_logprobs,omitempty"` // 0 to 20

	// Reasoning. OpenAI reads ReasoningEffort. Gateways read Reasoning or both.
	Reasoning       *Reasoning `json:"reasoning,omitempty"`
	ReasoningEffort string     `json:"reasoning_effort,omitempty"` // "none" ... "max"

	// Tools.
	Tools               []Tool               `json:"tools,omitempty"`
	ToolChoice          *ToolChoice          `json:"tool_choice,omitempty"`
	ParallelToolCalls   *bool                `json:"parallel_tool_calls,omitempty"`
	WebSearchOptions    *WebSearchOptions    `json:"web_search_options,omitempty"`
	StopServerToolsWhen []any                `json:"stop_server_tools_when,omitempty"` // OpenRouter
	Functions           []FunctionDefinition `json:"functions,omitempty"`              // deprecated by OpenAI in favour of Tools
	// FunctionCall is "none", "auto" or the name of a function. OpenAI deprecated it
	// in favour of ToolChoice.
	FunctionCall string `json:"function_call,omitempty"`

	// Routing and plugins of a gateway.
	Provider   *ProviderPreferences `json:"provider,omitempty"`
	Plugins    []Plugin             `json:"plugins,omitempty"`
	Transforms []string             `json:"transforms,omitempty"` // OpenRouter, replaced by the plugin "context-compression"
	Route      string               `json:"route,omitempty"`      // OpenRouter: "fallback"
	SessionID  string               `json:"session_id,omitempty"` // requests with the same id go to the same provider
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

	// StreamOptions is sent only with streams. nil asks for the usage.
	StreamOptions *StreamOptions `json:"stream_options,omitempty"`

	// Extra is merged into the body, after all fields, with its keys in alphabetical
	// order. A key in it replaces the field of that name. A nil value is sent as null.
	// The key "stream" is refused, because the choice between Chat and Stream decides
	// it.
	Extra map[string]any `json:"-"`

	kept         map[string]keptField
	keptMessages map[int]keptField // by place
	verbatim     bool              // see ReadBody
}

// StreamOptions asks for more in a stream than the answer.
type StreamOptions struct {
	// IncludeUsage asks for the usage at the end of the stream; the default is true.
	// Set it to false for a server that refuses the option. No stream_options are then
	// sent, unless IncludeObfuscation is set.
	IncludeUsage *bool `json:"include_usage,omitempty"`
	// IncludeObfuscation set to false leaves out the padding that OpenAI adds to each
	// chunk. The padding hides the size of a chunk from anybody who listens to the
	// connection.
	IncludeObfuscation *bool `json:"include_obfuscation,omitempty"`
}

// UsageOptions asks OpenRouter for the usage in the reply. OpenRouter now sends it by
// default.
type UsageOptions struct {
	Include bool `json:"include"`
}

// Choices returns the number of answers that the request asks for, 1 by default. It
// returns 0 if Extra sets "n" to anything but an int or nil.
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

// MarshalJSON returns the request for storing. It is the body that Chat would send,
// with whole messages (see [Message]) and with StreamOptions.
func (r Request) MarshalJSON() ([]byte, error) {
	w := writer{whole: true}
	w.request(&r, r.Model, false)
	return w.done()
}

// UnmarshalJSON reads what MarshalJSON wrote, or any body of a chat-completions
// request. It ignores "stream". Into Extra, as json.RawMessage, go fields that buoy
// does not know, and known fields that are null or not of the documented type.
//
// Some JSON says more than the Go field can hold: unknown members of nested objects, or
// a stop that is a string. It is sent again as it came, unless the field is changed.
func (r *Request) UnmarshalJSON(data []byte) error {
	if err := r.read(data); err != nil {
		return err
	}
	var room [maxUsual]entry
	r.keep(appendMembers(room[:0], data))
	return nil
}

func (r *Request) read(data []byte) error {
	type plain Request
	var special struct { // one allocation
		stop stringOrList
		call functionChoice
	}
	*r = Request{}
	extra, err := unmarshalExtra(data, (*plain)(r), func(name []byte) any {
		switch string(name) {
		case "stop":
			return &special.stop
		case "function_call":
			return &special.call
		}
		return nil
	})
	if err != nil {
		*r = Request{}
		return err
	}
	delete(extra, "stream")
	r.Stop, r.FunctionCall, r.Extra = special.stop, string(special.call), extra
	return nil
}

// ReadBody reads the body of another client's request, to be passed on as it is: zeros,
// empty lists and all members of messages included, as long as nobody changes the
// field or the message. That is more than UnmarshalJSON keeps, which reads what was
// stored. stream is the value of "stream"; an error is also one that is neither a truth
// value nor null. A body with more values than a request can need, which would take
// much more memory than it has bytes, is refused with [ErrTooMany].
func (r *Request) ReadBody(data []byte) (stream bool, err error) {
	if tooMany(data) {
		return false, ErrTooMany
	}
	if err := r.read(data); err != nil {
		return false, err
	}
	r.verbatim = true
	var room [maxUsual]entry
	members := appendMembers(room[:0], data)
	r.keep(members)
	if !has(r.Extra, "messages") {
		r.keepMessages(valueOf(members, []byte("messages")))
	}
	switch string(valueOf(members, []byte("stream"))) {
	case "", "false", "null":
		return false, nil
	case "true":
		return true, nil
	}
	return false, &FieldError{Field: "stream", Reason: "is neither true nor false"}
}
