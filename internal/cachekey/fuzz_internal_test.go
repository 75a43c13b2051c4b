package cachekey

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzForm holds the form of a body against a slow reference: two bodies have the same
// form where they are the same JSON, and only there.
func FuzzForm(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":[true,null,"x\u00e9"],"c":{"d":-1.50e+3}}`), []byte(`{"b":[true,null,"xé"],"a":1.0,"c":{"d":-1500}}`), uint64(1))
	f.Add([]byte(`{"temperature":0}`), []byte(`{}`), uint64(2))
	f.Add([]byte(`{"a":[1,2]}`), []byte(`{"a":[[1],2]}`), uint64(3))
	f.Add([]byte(`{"a":"1"}`), []byte(`{"a":1}`), uint64(4))
	f.Add([]byte(`{"stream":true,"stream_options":{},"a":{"stream":1}}`), []byte(`{"a":{"stream":1}}`), uint64(5))
	f.Add([]byte(`{"a":100000000000000000000001}`), []byte(`{"a":1e23}`), uint64(6))
	f.Fuzz(func(t *testing.T, a, b []byte, seed uint64) {
		formA, errA := formOf(a)
		meaningA, ok := meaning(a)
		if !ok {
			return
		}
		require.NoError(t, errA)
		again, err := formOf([]byte(respelled(meaningA, rand.New(rand.NewPCG(seed, 0)))))
		require.NoError(t, err)
		require.Equal(t, formA, again, "another spelling")

		meaningB, ok := meaning(b)
		if !ok {
			return
		}
		formB, err := formOf(b)
		require.NoError(t, err)
		require.Equal(t, respelled(meaningA, nil) == respelled(meaningB, nil), formA == formB, "%s\n%s", a, b)
	})
}

func formOf(data []byte) (string, error) {
	var f form
	err := f.body(data)
	return string(f.buf), err
}

// meaning reads a body with encoding/json. ok is false for what it cannot hold: broken
// texts, names that stand twice, and numbers beyond all bounds.
func meaning(data []byte) (value any, ok bool) {
	if !utf8.Valid(data) || bytes.Contains(bytes.ToLower(data), []byte(`\ud`)) || bytes.Contains(data, replacement) || bytes.Contains(bytes.ToLower(data), []byte(`\ufffd`)) {
		return nil, false
	}
	if len(data) > 4096 || bytes.Count(data, []byte("{"))+bytes.Count(data, []byte("[")) > 400 || bytes.IndexByte(data, 0) >= 0 {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&value) != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF || repeats(data) || !moderate(value) {
		return nil, false
	}
	if top, isObject := value.(map[string]any); isObject {
		delete(top, "stream")
		delete(top, "stream_options")
	}
	return value, true
}

// repeats reports an object with a name that stands twice.
func repeats(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	type level struct {
		names map[string]bool
		name  bool // one is due
	}
	var levels []level
	for {
		tok, err := d.Token()
		if err != nil {
			return false
		}
		top := len(levels) - 1
		if name, isText := tok.(string); isText && top >= 0 && levels[top].name {
			if levels[top].names[name] {
				return true
			}
			levels[top].names[name], levels[top].name = true, false
			continue
		}
		switch tok {
		case json.Delim('{'):
			levels = append(levels, level{map[string]bool{}, true})
			continue
		case json.Delim('['):
			levels = append(levels, level{})
			continue
		case json.Delim('}'), json.Delim(']'):
			levels, top = levels[:top], top-1
		}
		if top >= 0 {
			levels[top].name = levels[top].names != nil
		}
	}
}

// moderate leaves out numbers that big.Rat would take all memory for.
func moderate(value any) bool {
	switch v := value.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(string(v)), "e")
		return len(exponent) <= 3
	case []any:
		return !slices.ContainsFunc(v, func(e any) bool { return !moderate(e) })
	case map[string]any:
		for _, e := range v {
			if !moderate(e) {
				return false
			}
		}
	}
	return true
}

// respelled writes a value: in one way for all, or in a random one.
func respelled(value any, r *rand.Rand) string {
	space := func() string {
		if r == nil {
			return ""
		}
		return []string{"", "", " ", "\n\t"}[r.IntN(4)]
	}
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		rat, _ := new(big.Rat).SetString(string(v))
		if r == nil {
			return rat.RatString()
		}
		return spelledNumber(string(v), r)
	case string:
		return spelledText(v, r)
	case []any:
		items := make([]string, len(v))
		for i := range v {
			items[i] = space() + respelled(v[i], r) + space()
		}
		return "[" + strings.Join(items, ",") + "]"
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		if r != nil {
			r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		items := make([]string, len(names))
		for i, name := range names {
			items[i] = space() + spelledText(name, r) + space() + ":" + space() + respelled(v[name], r)
		}
		return "{" + strings.Join(items, ",") + "}"
	}
	panic(fmt.Sprintf("%T", value))
}

func spelledText(s string, r *rand.Rand) string {
	if r == nil || r.IntN(2) == 0 {
		b, _ := json.Marshal(s)
		return string(b)
	}
	out := `"`
	for _, c := range s {
		if c > 0xFFFF {
			b, _ := json.Marshal(string(c))
			out += string(b[1 : len(b)-1])
			continue
		}
		out += fmt.Sprintf(`\u%04x`, c)
	}
	return out + `"`
}

// spelledNumber moves the point, or adds zeros that say nothing.
func spelledNumber(s string, r *rand.Rand) string {
	mantissa, exponent, has := strings.Cut(strings.ToLower(s), "e")
	if r.IntN(2) == 0 {
		if !strings.Contains(mantissa, ".") {
			mantissa += "."
		}
		mantissa += "00"
	}
	if !has {
		return mantissa + []string{"", "e0", "E-0", "e+00"}[r.IntN(4)]
	}
	return mantissa + "E" + exponent
}
