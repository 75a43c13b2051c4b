package buoytyped

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
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

// distinctNames refuses fields that are lost without a word: encoding/json sets none of
// several that have one name and of which none goes before the others, and jsonschema-go
// v0.4.3 does not describe one of an embedded struct that Go hides behind another.
func distinctNames(t reflect.Type) error {
	all := map[string][]jsonField{}
	jsonFields(t, nil, all)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fields := all[name]
		depth := len(slices.MinFunc(fields, func(a, b jsonField) int { return len(a.index) - len(b.index) }).index)
		fields = slices.DeleteFunc(fields, func(f jsonField) bool { return len(f.index) > depth })
		if len(fields) > 1 {
			if tagged := slices.DeleteFunc(slices.Clone(fields), func(f jsonField) bool { return !f.tagged }); len(tagged) == 1 {
				fields = tagged
			}
		}
		if len(fields) > 1 {
			return fmt.Errorf("%v has two fields that are %q in JSON, %s and %s, and encoding/json sets neither: rename one", t, name, fields[0].Name, fields[1].Name)
		}
		if seen, ok := t.FieldByName(fields[0].Name); !ok || !slices.Equal(seen.Index, fields[0].index) {
			return fmt.Errorf("%v has several fields with the name %s in embedded structs: rename one", t, fields[0].Name)
		}
	}
	return nil
}
