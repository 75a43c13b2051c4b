package buoytyped

import (
	"reflect"

	"github.com/buoy-go/buoy"
)

// Format returns the response format that asks for a T, for a request of one's
// own: a stream, a batch. [Decode] reads the answer. The format may be changed
// and shared; each call returns a new one.
func Format[T any]() (*buoy.ResponseFormat, error) {
	sh, err := shapeOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	return sh.format(), nil
}
