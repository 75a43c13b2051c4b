package chat

import (
	"encoding/json"
	"slices"

	"github.com/buoy-go/buoy/internal/jprint"
)

// AppendBody appends the JSON of the request to dst, as it is sent for this model,
// whole or streamed. Unlike MarshalJSON, it leaves out what providers do not accept in
// a request. Call Validate first. The error is a [*FieldError].
func (r *Request) AppendBody(dst []byte, model string, stream bool) ([]byte, error) {
	w := writer{Writer: jprint.Writer{Buf: slices.Grow(dst, r.sizeHint())}}
	w.request(r, model, stream)
	return w.done()
}

// sizeHint is about the length of the body, so that it is allocated once. Escapes
// add little to text; base64 needs none.
func (r *Request) sizeHint() int {
	n := 192
	for i := range r.Messages {
		m := &r.Messages[i]
		n += 64 + len(m.Content) + len(m.Content)/16 + len(m.Refusal) + len(m.Reasoning) + len(m.ReasoningDetails)
		for j := range m.Parts {
			n += 64 + m.Parts[j].size()
		}
		for j := range m.ToolCalls {
			n += 96 + len(m.ToolCalls[j].Function.Arguments)*5/4
		}
	}
	return n + 256*len(r.Tools)
}

func (p *Part) size() int {
	n := len(p.Text) + len(p.Text)/16
	switch {
	case p.ImageURL != nil:
		n += len(p.ImageURL.URL)
	case p.InputAudio != nil:
		n += len(p.InputAudio.Data)
	case p.File != nil:
		n += len(p.File.FileData)
	case p.VideoURL != nil:
		n += len(p.VideoURL.URL)
	}
	return n
}

func (w *writer) request(r *Request, model string, stream bool) {
	f := jprint.Fields[any]{W: &w.Writer, Extra: r.Extra}
	start := len(w.Buf)
	w.Open('{')
	f.Str("model", model)
	f.Strs("models", r.Models)
	f.Any("fallbacks", r.Fallbacks, len(r.Fallbacks) > 0)
	f.Str("preset", r.Preset)
	if (len(r.Messages) > 0 || len(r.Extra) == 0) && f.Key("messages") {
		w.messages(r.Messages)
	}
	if stream && f.Key("stream") {
		w.Bool(true)
	}
	w.streamOptions(f, r.StreamOptions, stream)

	f.Float("temperature", r.Temperature)
	f.Float("top_p", r.TopP)
	f.Int("top_k", r.TopK)
	f.Float("min_p", r.MinP)
	f.Float("top_a", r.TopA)
	f.Float("frequency_penalty", r.FrequencyPenalty)
	f.Float("presence_penalty", r.PresencePenalty)
	f.Float("repetition_penalty", r.RepetitionPenalty)
	f.Int("seed", r.Seed)
	f.Any("logit_bias", r.LogitBias, len(r.LogitBias) > 0)

	f.Int("max_tokens", r.MaxTokens)
	f.Int("max_completion_tokens", r.MaxCompletionTokens)
	f.Strs("stop", r.Stop)
	f.Int("n", r.N)

	if r.ResponseFormat != nil && f.Key("response_format") {
		w.responseFormat(r.ResponseFormat)
	}
	f.Strs("modalities", r.Modalities)
	f.Any("audio", r.Audio, r.Audio != nil)
	f.Any("image_config", r.ImageConfig, len(r.ImageConfig) > 0)
	f.Str("verbosity", r.Verbosity)
	if r.Prediction != nil && f.Key("prediction") {
		w.prediction(r.Prediction)
	}
	f.Bool("logprobs", r.Logprobs)
	f.Int("top_logprobs", r.TopLogprobs)

	f.Any("reasoning", r.Reasoning, r.Reasoning != nil)
	f.Str("reasoning_effort", r.ReasoningEffort)

	if len(r.Tools) > 0 && f.Key("tools") {
		w.tools(r.Tools)
	}
	if r.ToolChoice != nil && f.Key("tool_choice") {
		w.toolChoice(r.ToolChoice)
	}
	f.Bool("parallel_tool_calls", r.ParallelToolCalls)
	f.Any("web_search_options", r.WebSearchOptions, r.WebSearchOptions != nil)
	f.Any("stop_server_tools_when", r.StopServerToolsWhen, len(r.StopServerToolsWhen) > 0)
	w.legacyFunctions(f, r)

	f.Any("provider", r.Provider, r.Provider != nil)
	f.Any("plugins", r.Plugins, len(r.Plugins) > 0)
	f.Strs("transforms", r.Transforms)
	f.Str("route", r.Route)
	f.Str("session_id", r.SessionID)
	f.Any("usage", r.Usage, r.Usage != nil)

	if r.CacheControl != nil && f.Key("cache_control") {
		w.cacheControl(r.CacheControl)
	}
	f.Str("prompt_cache_key", r.PromptCacheKey)
	f.Any("prompt_cache_options", r.PromptCacheOptions, r.PromptCacheOptions != nil)
	f.Str("prompt_cache_retention", r.PromptCacheRetention)

	f.Str("user", r.User)
	f.Str("safety_identifier", r.SafetyIdentifier)
	f.Str("service_tier", r.ServiceTier)
	f.Bool("store", r.Store)
	f.Any("metadata", r.Metadata, len(r.Metadata) > 0)
	f.Any("moderation", r.Moderation, r.Moderation != nil)
	f.Any("trace", r.Trace, len(r.Trace) > 0)
	f.Any("debug", r.Debug, len(r.Debug) > 0)
	f.Rest()
	w.Close('}')
	if len(r.kept)+len(r.keptMessages) > 0 {
		w.restore(r, start)
	}
}

// streamOptions asks for the usage unless the caller does not want it. OpenAI refuses
// the options without a stream, so they are then written only for storing.
func (w *writer) streamOptions(f jprint.Fields[any], o *StreamOptions, stream bool) {
	if !stream {
		f.Any("stream_options", o, w.whole && o != nil)
		return
	}
	usage := o == nil || o.IncludeUsage == nil || *o.IncludeUsage
	padding := o != nil && o.IncludeObfuscation != nil
	if !usage && !padding || !f.Key("stream_options") {
		return
	}
	w.Open('{')
	if usage {
		w.Key("include_usage")
		w.Bool(true)
	}
	if padding {
		w.Key("include_obfuscation")
		w.Bool(*o.IncludeObfuscation)
	}
	w.Close('}')
}

func (w *writer) legacyFunctions(f jprint.Fields[any], r *Request) {
	if len(r.Functions) > 0 && f.Key("functions") {
		w.Open('[')
		for i := range r.Functions {
			w.Comma()
			w.functionDefinition(&r.Functions[i])
		}
		w.Close(']')
	}
	switch r.FunctionCall {
	case "", "none", "auto":
		f.Str("function_call", r.FunctionCall)
	default:
		if f.Key("function_call") {
			w.named(r.FunctionCall)
		}
	}
}

// named writes {"name": name}.
func (w *writer) named(name string) {
	w.Open('{')
	w.Key("name")
	w.String(name)
	w.Close('}')
}

func (w *writer) prediction(p *Prediction) {
	w.Open('{')
	w.Key("type")
	w.String("content")
	w.Key("content")
	if len(p.Parts) > 0 {
		w.parts(p.Parts)
	} else {
		w.String(p.Content)
	}
	w.Close('}')
}

func (w *writer) responseFormat(r *ResponseFormat) {
	f := jprint.Fields[any]{W: &w.Writer, Extra: r.Extra}
	w.Open('{')
	f.Str("type", r.Type)
	if s := r.JSONSchema; s != nil && f.Key("json_schema") {
		g := jprint.Fields[struct{}]{W: &w.Writer}
		w.Open('{')
		g.Str("name", s.Name)
		g.Str("description", s.Description)
		g.Any("schema", s.Schema, !isNothing(s.Schema))
		g.Bool("strict", s.Strict)
		w.Close('}')
	}
	f.Rest()
	w.Close('}')
}

// isNothing reports a schema that was not given.
func isNothing(schema any) bool {
	raw, ok := schema.(json.RawMessage)
	return schema == nil || ok && len(raw) == 0
}
