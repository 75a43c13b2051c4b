package chat

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/buoy-go/buoy/internal/jscan"
)

func (d *decoder) tool(t *Tool) bool {
	if !d.Object() {
		return false
	}
	*t = Tool{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "type":
			if d.word(&t.Type) {
				continue
			}
		case "function":
			if d.Null() {
				continue
			}
			var f FunctionDefinition
			if d.functionDefinition(&f) {
				t.Function = &f
				continue
			}
		case "custom":
			if decodeInto(d, &t.Custom) {
				continue
			}
		case "cache_control":
			if decodeInto(d, &t.CacheControl) {
				continue
			}
		}
		t.Extra = d.keepAny(t.Extra, key)
	}
}

func (d *decoder) functionDefinition(f *FunctionDefinition) bool {
	if !d.Object() {
		return false
	}
	*f = FunctionDefinition{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "name":
			if d.str(&f.Name) {
				continue
			}
		case "description":
			if d.str(&f.Description) {
				continue
			}
		case "parameters":
			d.rawAny(&f.Parameters)
			continue
		case "strict":
			if d.bool(&f.Strict) {
				continue
			}
		}
		f.Extra = d.keepAny(f.Extra, key)
	}
}

// rawAny reads any value as a json.RawMessage, be it a null.
func (d *decoder) rawAny(dst *any) {
	*dst = nil
	if raw := d.Raw(); raw != nil {
		*dst = json.RawMessage(bytes.Clone(raw))
	}
}

func (d *decoder) toolChoice(c *ToolChoice) bool {
	*c = ToolChoice{}
	if d.Kind() == jscan.String {
		return d.word(&c.Type)
	}
	if d.Kind() != jscan.Object {
		return false
	}
	raw := d.Raw()
	if !knownChoice(raw, c) {
		*c = ToolChoice{Raw: bytes.Clone(raw)}
	}
	return true
}

// knownChoice reads a choice that has exactly the fields of its type.
func knownChoice(raw []byte, c *ToolChoice) bool {
	type named struct {
		Name string `json:"name"`
	}
	var wire struct {
		Type     string `json:"type"`
		Function *named `json:"function"`
		Custom   *named `json:"custom"`
		Allowed  *struct {
			Mode  string `json:"mode"`
			Tools []Tool `json:"tools"`
		} `json:"allowed_tools"`
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	if strict.Decode(&wire) != nil {
		return false
	}
	c.Type = wire.Type
	switch {
	case wire.Type == ToolFunction && wire.Function != nil && wire.Custom == nil && wire.Allowed == nil:
		c.Name = wire.Function.Name
	case wire.Type == ToolCustom && wire.Custom != nil && wire.Function == nil && wire.Allowed == nil:
		c.Name = wire.Custom.Name
	case wire.Type == "allowed_tools" && wire.Allowed != nil && wire.Function == nil && wire.Custom == nil:
		c.Mode, c.Tools = wire.Allowed.Mode, wire.Allowed.Tools
	default:
		return false
	}
	return true
}

func (d *decoder) responseFormat(f *ResponseFormat) bool {
	if !d.Object() {
		return false
	}
	*f = ResponseFormat{}
	for {
		key, ok := d.Key()
		if !ok {
			return true
		}
		switch string(key) {
		case "type":
			if d.str(&f.Type) {
				continue
			}
		case "json_schema":
			if d.schemaFormat(&f.JSONSchema) {
				continue
			}
		}
		f.Extra = d.keepAny(f.Extra, key)
	}
}

func (d *decoder) schemaFormat(dst **SchemaFormat) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	var wire *struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Schema      json.RawMessage `json:"schema"`
		Strict      *bool           `json:"strict"`
	}
	exact := decodeInto(d, &wire)
	if wire != nil {
		*dst = &SchemaFormat{Name: wire.Name, Description: wire.Description, Strict: wire.Strict}
		if wire.Schema != nil {
			(*dst).Schema = wire.Schema
		}
	}
	return exact
}

// stringOrList is a field that is a string or an array of strings.
type stringOrList []string

func (l *stringOrList) UnmarshalJSON(data []byte) error {
	if data[0] != '"' {
		return json.Unmarshal(data, (*[]string)(l))
	}
	var s string
	err := json.Unmarshal(data, &s)
	*l = stringOrList{s}
	return err
}

// functionChoice is the deprecated function_call of a request: a word, or an
// object with a name.
type functionChoice string

func (c *functionChoice) UnmarshalJSON(data []byte) error {
	if data[0] != '{' {
		return json.Unmarshal(data, (*string)(c))
	}
	var named struct {
		Name functionChoice `json:"name"`
	}
	err := json.Unmarshal(data, &named)
	*c = named.Name
	return err
}

// fieldNames has the places of the fields of each struct that unmarshalExtra was asked
// for, by their names in JSON.
var fieldNames sync.Map

func fieldsOf(t reflect.Type) map[string]int {
	if known, ok := fieldNames.Load(t); ok {
		return known.(map[string]int)
	}
	fields := make(map[string]int)
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = i
		}
	}
	known, _ := fieldNames.LoadOrStore(t, fields)
	return known.(map[string]int)
}

// readField is json.Unmarshal, and quicker with what most requests have.
func readField(raw []byte, dst any) error {
	switch dst := dst.(type) {
	case *[]Message:
		var room [maxUsual]json.RawMessage
		elements := appendElements(room[:0], raw)
		if elements == nil {
			return json.Unmarshal(raw, dst)
		}
		*dst = make([]Message, len(elements))
		return readMessages(elements, *dst)
	case *string:
		if len(raw) > 1 && raw[0] == '"' && plain(raw[1:len(raw)-1]) {
			*dst = string(raw[1 : len(raw)-1])
			return nil
		}
	case **float64:
		if f, err := strconv.ParseFloat(string(raw), 64); err == nil {
			*dst = &f
			return nil
		}
	}
	return json.Unmarshal(raw, dst)
}

// plain reports ASCII without escapes.
func plain(text []byte) bool {
	for _, b := range text {
		if b == '\\' || b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// readMessages reads messages, each with a decoder as new.
func readMessages(elements []json.RawMessage, dst []Message) error {
	return withDecoder(nil, func(d *decoder) error {
		for i, element := range elements {
			if string(element) == "null" {
				continue
			}
			d.start(Asked{})
			d.Reset(element)
			d.fresh = true
			if !d.message(&dst[i]) {
				return errNotObject
			}
			if err := d.end(); err != nil {
				return err
			}
		}
		return nil
	})
}

// unmarshalExtra reads an object into the struct that v points to, field by field, or
// into the pointer that special, if there is one, has for a name. It returns the fields
// that the struct does not have, and those whose value is null or of another type. So
// what a caller put into Extra comes back from a store as it was.
func unmarshalExtra(data []byte, v any, special func(name []byte) any) (extra map[string]any, err error) {
	s := reflect.ValueOf(v).Elem()
	fields := fieldsOf(s.Type())
	err = unmarshalWith(data, func(d *decoder) bool {
		if !d.Object() {
			return false
		}
		for {
			key, ok := d.Key()
			if !ok {
				return true
			}
			mark := d.Mark()
			raw := d.Raw()
			var dst any
			if special != nil {
				dst = special(key)
			}
			if at, ok := fields[string(key)]; ok && dst == nil {
				dst = s.Field(at).Addr().Interface()
			}
			if dst != nil && string(raw) != "null" && readField(raw, dst) == nil {
				if len(extra) > 0 {
					delete(extra, string(key)) // of a name that stands there twice the last counts
				}
				continue
			}
			if dst != nil {
				reflect.ValueOf(dst).Elem().SetZero()
			}
			d.Rewind(mark)
			extra = d.keepAny(extra, key)
		}
	})
	return extra, err
}
