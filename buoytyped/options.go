package buoytyped

import "github.com/buoy-go/buoy"

// Option changes how [ChatAs] asks.
type Option interface{ apply(*settings) }

type settings struct {
	call     []buoy.CallOption
	jsonMode bool
	repair   bool
}

type option func(*settings)

func (o option) apply(s *settings) { o(s) }

func settingsOf(opts []Option) settings {
	var s settings
	for _, o := range opts {
		if o != nil {
			o.apply(&s)
		}
	}
	return s
}

// WithCallOptions passes options on to [buoy.Client.Chat]. A repair gets the
// same.
func WithCallOptions(opts ...buoy.CallOption) Option {
	return option(func(s *settings) { s.call = append(s.call, opts...) })
}

// WithRepair asks once more where the answer does not match: the model sees its
// own answer and what is wrong with it. It costs a second call, which has the
// client's whole chain of retries and a call deadline of its own; the context
// bounds both. The Response then has the usage and the attempts of both.
//
// Refusals and answers that were cut off are not repaired.
func WithRepair() Option { return option(func(s *settings) { s.repair = true }) }

// WithJSONMode is for models and servers without structured outputs: it asks
// for any JSON object (response_format json_object) and puts the schema into the
// system message, behind the text of the first one if there is one. Nothing but
// the prompt then makes the model follow the schema: expect mismatches, and think
// of [WithRepair].
func WithJSONMode() Option { return option(func(s *settings) { s.jsonMode = true }) }
