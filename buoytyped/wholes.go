package buoytyped

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// wholes writes the whole numbers of a value as encoding/json wants them of an int, and
// leaves all else as it is: 2.0 is an integer to JSON Schema. It returns nil if there is
// none to write otherwise.
func (sh *shape) wholes(raw []byte) []byte {
	w := wholeWriter{kinds: sh.kinds, in: raw, from: json.NewDecoder(bytes.NewReader(raw))}
	w.from.UseNumber()
	if err := w.value(sh.held); err != nil || w.upTo == 0 {
		return nil
	}
	return append(w.out, raw[w.upTo:]...)
}

// wholeWriter copies a value.
type wholeWriter struct {
	kinds kinds
	in    []byte
	from  *json.Decoder // of in
	out   []byte
	upTo  int64 // where in in out ends
}

func (w *wholeWriter) value(s *jsonschema.Schema) error {
	if s == nil {
		var skipped json.RawMessage
		return w.from.Decode(&skipped)
	}
	if rest := slices.DeleteFunc(slices.Clone(s.AnyOf), onlyNull); len(rest) == 1 {
		return w.value(rest[0])
	}
	token, err := w.from.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Number:
		w.number(s, token)
	case json.Delim:
		for w.from.More() {
			inner := s.Items
			if token == '{' {
				name, err := w.from.Token()
				if err != nil {
					return err
				}
				inner = cmp.Or(s.Properties[name.(string)], s.AdditionalProperties)
			}
			if err := w.value(inner); err != nil {
				return err
			}
		}
		_, err = w.from.Token()
	}
	return err
}

func (w *wholeWriter) number(s *jsonschema.Schema, n json.Number) {
	want := types(s)
	if !slices.Contains(want, "integer") || slices.Contains(want, "number") {
		if t := w.kinds[s]; t == nil || !limitsOf(t).integers() {
			return
		}
	}
	if exact := whole(n); exact != n {
		end := w.from.InputOffset()
		w.out = append(append(w.out, w.in[w.upTo:end-int64(len(n))]...), exact...)
		w.upTo = end
	}
}

// whole writes 5.0 and 5e0 as 5, which encoding/json wants of an int.
func whole(n json.Number) json.Number {
	d := decimalOf(n)
	switch {
	case !strings.ContainsAny(string(n), ".eE"), !d.whole(), len(d.digits)+d.exp > maxDigits:
		return n
	case d.digits == "":
		return "0"
	}
	text := d.digits + strings.Repeat("0", d.exp)
	if d.minus {
		text = "-" + text
	}
	return json.Number(text)
}
