package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// FieldError says what is wrong with a [Request] that no provider would accept. Change
// the request; a retry does not help. It never contains text of the prompt.
type FieldError struct {
	Field  string // path in the body, for example "messages[2].tool_call_id"
	Reason string // what is wrong with it
}

// Error returns the field and what is wrong with it.
func (e *FieldError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "invalid request: " + e.Field + ": " + e.Reason
}

const reasonMissing = "is missing"

// Validate returns a [*FieldError] for a request that no provider would accept, or nil.
// It does not check what only some providers refuse: a prefill, a history without its
// beginning, roles and parts of a server's own are left to the server. What it refuses by
// mistake can be sent in the Extra of the request, the message or the part. A client
// validates each request before it sends it.
func (r *Request) Validate() error {
	v := validator{}
	v.request(r)
	if v.err == nil {
		return nil // not a nil *FieldError in an error
	}
	return v.err
}

// validator walks over a request. The first error sticks.
type validator struct {
	way   [maxSteps]step // down from the request, of which depth are taken
	depth int
	err   *FieldError
}

// step is one step on the way to a field: its name, and a place in it if >= 0. The
// path is put together only for an error.
type step struct {
	field string
	place int
}

// maxSteps is more than there are: the deepest is messages[0].parts[0].image_url.
const maxSteps = 8

func (v *validator) request(r *Request) {
	if r.Model == "" && len(r.Models) == 0 {
		v.fail("model", reasonMissing)
	}
	if len(r.Messages) == 0 && !has(r.Extra, "messages") && !has(r.Extra, "prompt") {
		v.fail("messages", reasonMissing)
	}
	bare := true
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.bare() { // nothing can be wrong with it, nor with where it stands
			continue
		}
		bare = false
		at := v.at("messages", i)
		v.message(m)
		v.back(at)
	}
	if !bare && !has(r.Extra, "messages") {
		v.history(r.Messages)
	}
	v.sampling(r)
	v.tools(r)
	v.options(r)
	v.extra(r.Extra)
}

func (v *validator) sampling(r *Request) {
	v.finite("temperature", r.Temperature)
	v.finite("top_p", r.TopP)
	v.finite("min_p", r.MinP)
	v.finite("top_a", r.TopA)
	v.finite("frequency_penalty", r.FrequencyPenalty)
	v.finite("presence_penalty", r.PresencePenalty)
	v.finite("repetition_penalty", r.RepetitionPenalty)
	if len(r.LogitBias) > 0 { // to begin a loop over a map costs something even if there is none
		for _, bias := range r.LogitBias {
			v.finite("logit_bias", &bias)
		}
	}
	if r.N != nil && *r.N < 1 {
		v.fail("n", "is less than 1")
	}
	if r.TopLogprobs != nil && *r.TopLogprobs < 0 {
		v.fail("top_logprobs", "is less than 0")
	}
	if q := r.Reasoning; q != nil && q.Effort != "" && q.MaxTokens != nil {
		v.fail("reasoning", "has both effort and max_tokens, which exclude each other")
	}
}

func (v *validator) tools(r *Request) {
	for i := range r.Tools {
		at := v.at("tools", i)
		v.tool(&r.Tools[i])
		v.back(at)
	}
	for i := range r.Functions {
		at := v.at("functions", i)
		v.definition(&r.Functions[i])
		v.back(at)
	}
	c := r.ToolChoice
	if c == nil {
		return
	}
	at := v.at("tool_choice", -1)
	defer v.back(at)
	switch {
	case len(c.Raw) > 0:
		v.raw("", c.Raw)
	case c.Type == "":
		v.fail("type", reasonMissing)
	case (c.Type == ToolFunction || c.Type == ToolCustom) && c.Name == "":
		v.fail(c.Type+".name", reasonMissing)
	case c.Type == "allowed_tools" && len(c.Tools) == 0:
		v.fail("allowed_tools.tools", reasonMissing)
	}
	for i := range c.Tools {
		at := v.at("allowed_tools.tools", i)
		v.tool(&c.Tools[i])
		v.back(at)
	}
}

func (v *validator) tool(t *Tool) {
	switch t.kind() {
	case "":
		if !has(t.Extra, "type") {
			v.fail("type", reasonMissing)
		}
	case ToolFunction:
		if t.Function == nil {
			if !has(t.Extra, ToolFunction) {
				v.fail(ToolFunction, reasonMissing)
			}
			break
		}
		at := v.at(ToolFunction, -1)
		v.definition(t.Function)
		v.back(at)
	case ToolCustom:
		if !has(t.Extra, ToolCustom) && (t.Custom == nil || t.Custom.Name == "") {
			v.fail("custom.name", reasonMissing)
		}
	}
	v.values(t.Extra)
}

func (v *validator) definition(f *FunctionDefinition) {
	if f.Name == "" && !has(f.Extra, "name") {
		v.fail("name", reasonMissing)
	}
	v.value("parameters", f.Parameters)
	v.values(f.Extra)
}

func (v *validator) options(r *Request) {
	if f := r.ResponseFormat; f != nil {
		at := v.at("response_format", -1)
		switch {
		case f.Type == "" && !has(f.Extra, "type"):
			v.fail("type", reasonMissing)
		case f.Type == "json_schema" && f.JSONSchema == nil && !has(f.Extra, "json_schema"):
			v.fail("json_schema", reasonMissing)
		case f.JSONSchema != nil:
			if f.JSONSchema.Name == "" {
				v.fail("json_schema.name", reasonMissing)
			}
			v.value("json_schema.schema", f.JSONSchema.Schema)
		}
		v.values(f.Extra)
		v.back(at)
	}
	if p := r.Prediction; p != nil {
		at := v.at("prediction", -1)
		if p.Content != "" && len(p.Parts) > 0 && p.Content != joinText(p.Parts) {
			v.fail("content", reasonBoth)
		}
		v.parts(p.Parts)
		v.back(at)
	}
	for i := range r.Fallbacks {
		if r.Fallbacks[i].Model == "" {
			at := v.at("fallbacks", i)
			v.fail("model", reasonMissing)
			v.back(at)
		}
	}
	for i := range r.Plugins {
		if r.Plugins[i].ID == "" {
			at := v.at("plugins", i)
			v.fail("id", reasonMissing)
			v.back(at)
		}
	}
	// What is encoded by encoding/json may hold anything in its Extra.
	if len(r.Fallbacks) > 0 {
		v.encodes("fallbacks", r.Fallbacks)
	}
	if len(r.Plugins) > 0 {
		v.encodes("plugins", r.Plugins)
	}
	if r.Provider != nil {
		v.encodes("provider", r.Provider)
	}
	if r.Reasoning != nil {
		v.encodes("reasoning", r.Reasoning)
	}
	if len(r.ImageConfig) > 0 {
		v.encodes("image_config", r.ImageConfig)
	}
	if len(r.StopServerToolsWhen) > 0 {
		v.encodes("stop_server_tools_when", r.StopServerToolsWhen)
	}
	if len(r.Trace) > 0 {
		v.encodes("trace", r.Trace)
	}
	if len(r.Debug) > 0 {
		v.encodes("debug", r.Debug)
	}
}

func (v *validator) extra(extra map[string]any) {
	if len(extra) == 0 {
		return
	}
	if has(extra, "stream") {
		v.fail("stream", "is not for Extra: call Stream for a stream, Chat for a whole answer")
	}
	if has(extra, "model") {
		v.fail("model", "is not for Extra: set Request.Model")
	}
	v.values(extra)
}

func (v *validator) finite(field string, f *float64) {
	if f != nil {
		v.finiteValue(field, *f)
	}
}

func (v *validator) finiteValue(field string, f float64) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		v.fail(field, jprint.ErrNotFinite.Error())
	}
}

func (v *validator) raw(field string, raw json.RawMessage) {
	if len(raw) > 0 && !jscan.Valid(raw) {
		v.fail(field, jprint.ErrNotJSON.Error())
	}
}

func (v *validator) rawValues(extra map[string]json.RawMessage) {
	if len(extra) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		v.raw(name, extra[name])
	}
}

func (v *validator) values(extra map[string]any) {
	if len(extra) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		v.value(name, extra[name])
	}
}

// value checks that x can be encoded.
func (v *validator) value(field string, x any) {
	switch x := x.(type) {
	case nil, string, bool, int:
	case float64:
		v.finite(field, &x)
	case json.RawMessage:
		v.raw(field, x)
	default:
		v.encodes(field, x)
	}
}

func (v *validator) encodes(field string, x any) {
	if v.err != nil {
		return
	}
	if _, err := json.Marshal(x); err != nil {
		v.fail(field, reasonOf(err))
	}
}

// at goes down to a field, or to an element of it if i >= 0, and returns the way
// back.
func (v *validator) at(field string, i int) (back int) {
	back = v.depth
	if v.depth < maxSteps {
		v.way[v.depth] = step{field, i}
		v.depth++
	}
	return back
}

func (v *validator) back(at int) { v.depth = at }

func (v *validator) fail(field, reason string) {
	if v.err != nil {
		return
	}
	var path []byte
	for _, s := range v.way[:v.depth] {
		if len(path) > 0 {
			path = append(path, '.')
		}
		path = append(path, s.field...)
		if s.place >= 0 {
			path = append(path, '[')
			path = strconv.AppendInt(path, int64(s.place), 10)
			path = append(path, ']')
		}
	}
	if len(path) > 0 && field != "" {
		path = append(path, '.')
	}
	v.err = &FieldError{Field: string(path) + field, Reason: reason}
}

// reasonOf tells why encoding/json refused a value, without the text of a
// user's MarshalJSON, which may hold anything.
func reasonOf(err error) string {
	if errors.Is(err, jprint.ErrNotFinite) || errors.Is(err, jprint.ErrNotJSON) {
		return err.Error()
	}
	if own, ok := errors.AsType[*FieldError](err); ok {
		return own.Reason
	}
	if value, ok := errors.AsType[*json.UnsupportedValueError](err); ok {
		switch value.Str {
		case "NaN", "+Inf", "-Inf":
			return jprint.ErrNotFinite.Error()
		}
		return "cannot be encoded: it contains itself"
	}
	if kind, ok := errors.AsType[*json.UnsupportedTypeError](err); ok {
		return fmt.Sprintf("cannot be encoded: it holds a %s", kind.Type)
	}
	return "cannot be encoded as JSON"
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}
