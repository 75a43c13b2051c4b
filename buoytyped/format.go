package buoytyped

import "github.com/buoy-go/buoy"

// Format returns the response format that asks for a T. Set it in your own request,
// such as a stream or a request of a batch, and read the answer with [Decode]. Each
// call returns a new value, which you may change.
func Format[T any]() (*buoy.ResponseFormat, error) {
	sh, err := answerShape[T]()
	if err != nil {
		return nil, err
	}
	return sh.format(), nil
}
