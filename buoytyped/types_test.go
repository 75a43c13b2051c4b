package buoytyped_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// The types that the tests ask for.

type recipe struct {
	Name        string       `json:"name" jsonschema:"as on a menu"`
	Minutes     int          `json:"minutes"`
	Vegan       bool         `json:"vegan"`
	Ingredients []ingredient `json:"ingredients"`
	Note        string       `json:"note,omitempty"`
	Wine        *wine        `json:"wine"`
}

type ingredient struct {
	What  string   `json:"what"`
	Grams *float64 `json:"grams,omitempty" jsonschema:"of the edible part"`
}

type wine struct {
	Name string `json:"name"`
	Year int    `json:"year,omitzero"`
}

type mood string

func (mood) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Description: "how the text feels", Enum: []any{"good", "bad", "mixed"}}
}

// level has a schema without "type", which a pointer to it must survive.
type level int

func (level) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Enum: []any{1, 2, 3}} }

type review struct {
	Mood    mood    `json:"mood"`
	Second  *mood   `json:"second"`
	Third   mood    `json:"third,omitempty" jsonschema:"if there is one"`
	Level   *level  `json:"level"`
	History []*mood `json:"history"`
}

type bounded struct {
	Small   int8      `json:"small"`
	Byte    uint8     `json:"byte"`
	Count   uint      `json:"count"`
	Wide    uint32    `json:"wide"`
	Pair    [2]int    `json:"pair" jsonschema:"from and to"`
	Nested  [][]uint8 `json:"nested"` // a list of []byte
	Percent percent   `json:"percent"`
	Code    code      `json:"code"`
}

type percent float64

func (percent) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "number", Minimum: new(0.0), ExclusiveMaximum: new(100.0), MultipleOf: new(0.5)}
}

type code string

func (code) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", MinLength: new(2), MaxLength: new(4), Pattern: "^[a-z]+$", Format: "slug", Examples: []any{"ab"}, Default: json.RawMessage(`"ab"`)}
}

type library struct {
	At      time.Time     `json:"at"`
	Until   *time.Time    `json:"until,omitempty"`
	Took    time.Duration `json:"took"`
	Exact   big.Int       `json:"exact"`
	Ratio   *big.Rat      `json:"ratio"`
	Address netip.Addr    `json:"address"`
	Blob    []byte        `json:"blob"`
	Number  json.Number   `json:"number"`
}

type open struct {
	Scores map[string]int  `json:"scores"`
	Any    any             `json:"any"`
	Raw    json.RawMessage `json:"raw,omitempty"`
	Own    ownJSON         `json:"own"`
}

// handmade is what a Schemer may come with.
type handmade struct{}

func (*handmade) UnmarshalJSON([]byte) error { return nil }

func (handmade) JSONSchema() *jsonschema.Schema {
	text := func() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }
	return &jsonschema.Schema{
		Type: "object",
		Properties: map[string]*jsonschema.Schema{
			"b":     {Type: "array", Items: text(), MinItems: new(1), MaxItems: new(3), UniqueItems: true},
			"a":     {Type: "string", MaxLength: new(10), ContentEncoding: "base32"},
			"c":     {Type: "integer", ExclusiveMinimum: new(0.0), Maximum: new(9.0)},
			"d":     {Enum: []any{0.5, 1.5}},
			"e":     {Enum: []any{"x", 1}},
			"f":     {Ref: "#/$defs/leaf"},
			"maybe": {Type: "array", Items: text(), MinItems: new(2)},
		},
		Required: []string{"b", "c", "f"},
		Defs:     map[string]*jsonschema.Schema{"leaf": {Type: "object", Properties: map[string]*jsonschema.Schema{"n": {Type: "string", MinLength: new(1)}}}},
	}
}

type either struct{}

func (*either) UnmarshalJSON([]byte) error { return nil }

func (either) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "array"}}}
}

// lenient has only an UnmarshalText.
type lenient int

func (*lenient) UnmarshalText([]byte) error { return nil }

type mixture struct {
	Either  either    `json:"either"`
	List    []lenient `json:"list"`
	Skipped int       `json:"-"`
}

type badPattern string

func (badPattern) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: "("}
}

// ownJSON decodes itself, so only it knows what it takes.
type ownJSON struct{ n int }

func (o *ownJSON) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &o.n) != nil {
		return errors.New("secret " + string(b))
	}
	return nil
}

// narrow has numbers for which a schema has bounds of its own.
type narrow struct {
	Share share  `json:"share"`
	Rank  rank   `json:"rank"`
	Digit digits `json:"digit"`
}

type (
	share  int8
	rank   int
	digits string
)

func (share) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: new(0.0), Maximum: new(100.0)}
}

func (rank) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: new(1.0)}
}

func (digits) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Enum: []any{"5", "6"}} }

// sums has a type that does not forget what it was before.
type sums struct {
	Sum   adding `json:"sum"`
	Count int    `json:"count"`
}

type adding struct{ n int }

func (a *adding) UnmarshalJSON(b []byte) error {
	n, err := strconv.Atoi(string(b))
	a.n += n
	return err
}

// panicky has types that cannot be asked what they take, or why not.
type panicky struct {
	Own   panicking `json:"own"`
	Silly silly     `json:"silly"`
	City  string    `json:"city"`
}

type silly struct{}

func (*silly) UnmarshalJSON([]byte) error { return (*badError)(nil) }

// delegating has a type that decodes itself with encoding/json.
type delegating struct {
	At delegate `json:"at"`
}

type delegate struct{ n int8 }

func (d *delegate) UnmarshalJSON(b []byte) error {
	var in struct {
		N int8 `json:"n"`
	}
	err := json.Unmarshal(b, &in)
	if d.n = in.N; in.N == 7 {
		return fmt.Errorf("secret: %v", json.Unmarshal([]byte("[]"), &in.N))
	}
	return err
}

type base struct {
	ID string `json:"id"`
}

type embedding struct {
	base
	wine
	*Place
	Extra string `json:"extra"`
}

// Place is exported: encoding/json sets no embedded pointer to what is not.
type Place struct {
	City string `json:"city"`
}

// EmbeddedString is a field of its own to encoding/json, and nothing to
// jsonschema-go.
type EmbeddedString string

type page[T any] struct {
	Items []T `json:"items"`
	Next  int `json:"next,omitempty"`
}

type tree struct {
	Children []tree `json:"children"`
}

type (
	namedEmbedding struct {
		base `json:"base"`
	}
	embedsString struct{ EmbeddedString }
	stringOption struct {
		N int `json:"n,string"`
	}
	hiddenPointer struct{ *wine }
	channel       struct{ C chan int }
	stringer      struct{ S interface{ String() string } }
	badKey        struct{ M map[[2]int]string }
)
