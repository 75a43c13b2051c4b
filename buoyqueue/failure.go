package buoyqueue

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy"
)

// Failure is the error of a job, as it is kept in the database. It unwraps to its kind,
// so errors.Is and [buoy.KindOf] work as they do on the error of the call.
//
// It is plain data. Neither keys nor the prompt are in it.
type Failure struct {
	Kind      buoy.Kind `json:"kind"`
	Status    int       `json:"status,omitempty"` // of a refusal; 0 where nobody answered
	Code      string    `json:"code,omitempty"`
	Endpoint  string    `json:"endpoint,omitempty"` // the label of the endpoint
	RequestID string    `json:"request_id,omitempty"`
	Message   string    `json:"message"` // the provider's words, or the text of the error
	At        time.Time `json:"at"`
}

// Error returns the kind, the status and the message.
func (f *Failure) Error() string {
	if f == nil {
		return "<nil>"
	}
	s := string(f.Kind)
	if f.Endpoint != "" {
		s = f.Endpoint + ": " + s
	}
	if f.Status != 0 {
		s += fmt.Sprintf(" (%d", f.Status)
		if f.Code != "" && f.Code != fmt.Sprint(f.Status) {
			s += " " + f.Code
		}
		s += ")"
	}
	if f.Message != "" {
		s += ": " + f.Message
	}
	return s
}

// Unwrap returns Kind.
func (f *Failure) Unwrap() error {
	if f == nil {
		return nil
	}
	return f.Kind
}

// failureOf takes down the error of a call.
func failureOf(err error, at time.Time) *Failure {
	if own, ok := errors.AsType[*Failure](err); ok {
		return own
	}
	f := &Failure{Kind: buoy.KindOf(err), At: at.UTC().Round(time.Millisecond)}
	var message string
	if api, ok := errors.AsType[*buoy.APIError](err); ok && api != nil && api.Kind == f.Kind {
		f.Status, message = api.StatusCode, api.Message
		f.Code, f.Endpoint, f.RequestID = clean(cmp.Or(api.Code, api.Type), 100), clean(api.Endpoint, 100), clean(api.RequestID, 200)
	} else if te, ok := errors.AsType[*buoy.TransportError](err); ok && te != nil && te.Kind == f.Kind {
		f.Endpoint, f.RequestID = clean(te.Endpoint, 100), clean(te.RequestID, 200)
	}
	f.Message = clean(cmp.Or(message, textOf(err)), 500)
	return f
}

// textOf is the text of the error of buoy's that is in err, which has keys and prompt
// masked. That of another package, which a middleware may return or wrap it in, could
// hold anything: what was asked, or a key.
func textOf(err error) string {
	if call, ok := errors.AsType[*buoy.CallError](err); ok && call != nil {
		err = call.Err // it adds what the job has anyway
	}
	for _, find := range [...]func(error) error{
		own[*buoy.QuotaError], own[*buoy.LimitError], own[*buoy.OpenError], own[*buoy.KeysError],
		own[*buoy.APIError], own[*buoy.TransportError], own[*buoy.RequestError],
	} {
		if e := find(err); e != nil {
			return e.Error()
		}
	}
	if errors.Is(err, buoy.ErrClosed) {
		return buoy.ErrClosed.Error()
	}
	return fmt.Sprintf("an error of type %T", err)
}

// own finds an error of one type, nil if there is none.
func own[E error](err error) error {
	if e, ok := errors.AsType[E](err); ok {
		return e
	}
	return nil
}
