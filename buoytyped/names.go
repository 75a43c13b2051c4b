package buoytyped

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// jsonField is a field of a struct, or of one that is embedded in it.
type jsonField struct {
	reflect.StructField
	index  []int // from the outermost struct
	tagged bool  // its name in JSON stands in its tag
}

// jsonFields collects the fields of a struct by their names in JSON.
func jsonFields(t reflect.Type, index []int, all map[string][]jsonField) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		at := append(slices.Clone(index), i)
		if f.Anonymous && name == "" {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct { // one that embeds itself was refused
				jsonFields(inner, at, all)
			}
			continue
		}
		if f.Tag.Get("json") != "-" && f.IsExported() {
			own := cmp.Or(name, f.Name)
			all[own] = append(all[own], jsonField{f, at, name != ""})
		}
	}
}

// visible reports a field that Go does not hide behind another of its name.
func (f *jsonField) visible(in reflect.Type) bool {
	seen, ok := in.FieldByName(f.Name)
	return ok && slices.Equal(seen.Index, f.index)
}

// looksLike reports that two fields are described alike.
func (f *jsonField) looksLike(o *jsonField) bool {
	_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	_, others, _ := strings.Cut(o.Tag.Get("json"), ",")
	return f.Type == o.Type && options == others && f.Tag.Get("jsonschema") == o.Tag.Get("jsonschema") && f.Tag.Get("enum") == o.Tag.Get("enum")
}

// distinctNames refuses fields that are lost without a word: encoding/json sets none of
// several that have one name and of which none goes before the others, and jsonschema-go
// v0.4.3 does not describe one of an embedded struct that Go hides behind another. Of
// several that Go does not hide it describes the last.
func distinctNames(t reflect.Type) error {
	all := map[string][]jsonField{}
	jsonFields(t, nil, all)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		depth := len(slices.MinFunc(all[name], func(a, b jsonField) int { return len(a.index) - len(b.index) }).index)
		fields := slices.DeleteFunc(slices.Clone(all[name]), func(f jsonField) bool { return len(f.index) > depth })
		if len(fields) > 1 {
			if tagged := slices.DeleteFunc(slices.Clone(fields), func(f jsonField) bool { return !f.tagged }); len(tagged) == 1 {
				fields = tagged
			}
		}
		if len(fields) > 1 {
			return fmt.Errorf("%v has two fields that are %q in JSON, %s and %s, and encoding/json sets neither: rename one", t, name, fields[0].Name, fields[1].Name)
		}
		first := fields[0]
		if !first.visible(t) {
			return fmt.Errorf("%v has several fields with the name %s in embedded structs: rename one", t, first.Name)
		}
		for _, f := range all[name] {
			if slices.Compare(f.index, first.index) > 0 && f.visible(t) && !f.looksLike(&first) {
				return fmt.Errorf("%v has two fields that are %q in JSON, %s and %s, and jsonschema-go describes the one that encoding/json does not set: rename one", t, name, first.Name, f.Name)
			}
		}
	}
	return nil
}

// validName reports a name in a tag that encoding/json takes. Without a word it calls a
// field of any other name as Go does.
func validName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r)
	})
}
