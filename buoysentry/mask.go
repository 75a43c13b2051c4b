package buoysentry

import (
	"encoding/json"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/echo"
)

// maxMasked bounds the text that is compared with the request.
const maxMasked = 4 << 10

// foreign reports whether the text of an error may be the application's own, such as a
// middleware's. Of its own errors buoy has masked the text.
func foreign(err error) bool {
	if call, ok := err.(*buoy.CallError); ok && call != nil {
		err = call.Err
	}
	switch err.(type) {
	case nil, buoy.Kind, *buoy.APIError, *buoy.TransportError, *buoy.RequestError, *buoy.OpenError, *buoy.KeysError, *buoy.LimitError, *buoy.QuotaError:
		return false
	}
	return true
}

// mask takes out of the text of an error what the request said, if it may have it.
func mask(text string, err error, request *buoy.Request) string {
	if !foreign(err) || text == "" {
		return text
	}
	if request == nil {
		return text // of a balance or a catalogue: nothing was said
	}
	body, failed := json.Marshal(request)
	if failed != nil {
		return "(withheld: the request cannot be compared with it)"
	}
	text = shorten(text, maxMasked)
	f := echo.Get()
	defer f.Free()
	echo.Add(f, text)
	f.Secret(request.User)
	f.Secret(request.SafetyIdentifier)
	f.Asked(body)
	return f.Hide(text)
}
