package buoy

import (
	"encoding/json"
	"slices"
)

// appendRequest appends the body of a request for this model. An error is a
// *RequestError.
func appendRequest(dst []byte, r *Request, model string, stream bool) ([]byte, error) {
	w := writer{buf: slices.Grow(dst, r.sizeHint())}
	w.request(r, model, stream)
	return w.buf, w.err
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
	f := fields[any]{w, r.Extra}
	w.open('{')
	f.str("model", model)
	f.strs("models", r.Models)
	f.any("fallbacks", r.Fallbacks, len(r.Fallbacks) > 0)
	f.str("preset", r.Preset)
	if (len(r.Messages) > 0 || len(r.Extra) == 0) && f.key("messages") {
		w.messages(r.Messages)
	}
	if stream && f.key("stream") {
		w.bool(true)
	}
	w.streamOptions(f, r.StreamOptions, stream)

	f.float("temperature", r.Temperature)
	f.float("top_p", r.TopP)
	f.int("top_k", r.TopK)
	f.float("min_p", r.MinP)
	f.float("top_a", r.TopA)
	f.float("frequency_penalty", r.FrequencyPenalty)
	f.float("presence_penalty", r.PresencePenalty)
	f.float("repetition_penalty", r.RepetitionPenalty)
	f.int("seed", r.Seed)
	f.any("logit_bias", r.LogitBias, len(r.LogitBias) > 0)

	f.int("max_tokens", r.MaxTokens)
	f.int("max_completion_tokens", r.MaxCompletionTokens)
	f.strs("stop", r.Stop)
	f.int("n", r.N)

	if r.ResponseFormat != nil && f.key("response_format") {
		w.responseFormat(r.ResponseFormat)
	}
	f.strs("modalities", r.Modalities)
	f.any("audio", r.Audio, r.Audio != nil)
	f.any("image_config", r.ImageConfig, len(r.ImageConfig) > 0)
	f.str("verbosity", r.Verbosity)
	if r.Prediction != nil && f.key("prediction") {
		w.prediction(r.Prediction)
	}
	f.bool("logprobs", r.Logprobs)
	f.int("top_logprobs", r.TopLogprobs)

	f.any("reasoning", r.Reasoning, r.Reasoning != nil)
	f.str("reasoning_effort", r.ReasoningEffort)

	if len(r.Tools) > 0 && f.key("tools") {
		w.tools(r.Tools)
	}
	if r.ToolChoice != nil && f.key("tool_choice") {
		w.toolChoice(r.ToolChoice)
	}
	f.bool("parallel_tool_calls", r.ParallelToolCalls)
	f.any("web_search_options", r.WebSearchOptions, r.WebSearchOptions != nil)
	f.any("stop_server_tools_when", r.StopServerToolsWhen, len(r.StopServerToolsWhen) > 0)
	w.legacyFunctions(f, r)

	f.any("provider", r.Provider, r.Provider != nil)
	f.any("plugins", r.Plugins, len(r.Plugins) > 0)
	f.strs("transforms", r.Transforms)
	f.str("route", r.Route)
	f.str("session_id", r.SessionID)
	f.any("usage", r.Usage, r.Usage != nil)

	if r.CacheControl != nil && f.key("cache_control") {
		w.cacheControl(r.CacheControl)
	}
	f.str("prompt_cache_key", r.PromptCacheKey)
	f.any("prompt_cache_options", r.PromptCacheOptions, r.PromptCacheOptions != nil)
	f.str("prompt_cache_retention", r.PromptCacheRetention)

	f.str("user", r.User)
	f.str("safety_identifier", r.SafetyIdentifier)
	f.str("service_tier", r.ServiceTier)
	f.bool("store", r.Store)
	f.any("metadata", r.Metadata, len(r.Metadata) > 0)
	f.any("moderation", r.Moderation, r.Moderation != nil)
	f.any("trace", r.Trace, len(r.Trace) > 0)
	f.any("debug", r.Debug, len(r.Debug) > 0)
	f.rest()
	w.close('}')
}

// streamOptions asks for the usage unless told otherwise. Without a stream the
// options are only stored: OpenAI refuses them there.
func (w *writer) streamOptions(f fields[any], o *StreamOptions, stream bool) {
	if !stream {
		f.any("stream_options", o, w.whole && o != nil)
		return
	}
	usage := o == nil || o.IncludeUsage == nil || *o.IncludeUsage
	padding := o != nil && o.IncludeObfuscation != nil
	if !usage && !padding || !f.key("stream_options") {
		return
	}
	w.open('{')
	if usage {
		w.key("include_usage")
		w.bool(true)
	}
	if padding {
		w.key("include_obfuscation")
		w.bool(*o.IncludeObfuscation)
	}
	w.close('}')
}

func (w *writer) legacyFunctions(f fields[any], r *Request) {
	if len(r.Functions) > 0 && f.key("functions") {
		w.open('[')
		for i := range r.Functions {
			w.comma()
			w.functionDefinition(&r.Functions[i])
		}
		w.close(']')
	}
	switch r.FunctionCall {
	case "", "none", "auto":
		f.str("function_call", r.FunctionCall)
	default:
		if f.key("function_call") {
			w.named(r.FunctionCall)
		}
	}
}

// named writes {"name": name}.
func (w *writer) named(name string) {
	w.open('{')
	w.key("name")
	w.string(name)
	w.close('}')
}

func (w *writer) prediction(p *Prediction) {
	w.open('{')
	w.key("type")
	w.string("content")
	w.key("content")
	if len(p.Parts) > 0 {
		w.parts(p.Parts)
	} else {
		w.string(p.Content)
	}
	w.close('}')
}

func (w *writer) responseFormat(r *ResponseFormat) {
	f := fields[any]{w, r.Extra}
	w.open('{')
	f.str("type", r.Type)
	if s := r.JSONSchema; s != nil && f.key("json_schema") {
		g := fields[struct{}]{w: w}
		w.open('{')
		g.str("name", s.Name)
		g.str("description", s.Description)
		g.any("schema", s.Schema, !isNothing(s.Schema))
		g.bool("strict", s.Strict)
		w.close('}')
	}
	f.rest()
	w.close('}')
}

// isNothing reports a schema that was not given.
func isNothing(schema any) bool {
	raw, ok := schema.(json.RawMessage)
	return schema == nil || ok && len(raw) == 0
}
