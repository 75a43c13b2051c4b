// Package overlay lays settings over settings: those of a call over those of its client.
package overlay

import "reflect"

// Of returns base with those fields of over that are not zero. A struct in a struct is
// laid over the one below it, field by field. T is a struct whose fields are all exported.
func Of[T any](over, base T) T {
	lay(reflect.ValueOf(&base).Elem(), reflect.ValueOf(&over).Elem())
	return base
}

func lay(base, over reflect.Value) {
	for i := range over.NumField() {
		switch f := over.Field(i); {
		case f.Kind() == reflect.Struct:
			lay(base.Field(i), f)
		case !f.IsZero():
			base.Field(i).Set(f)
		}
	}
}
