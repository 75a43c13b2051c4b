package buoytyped

import "github.com/buoy-go/buoy"

// Option changes how [ChatAs] works.
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

// WithCallOptions passes options to [buoy.Client.Chat]. They apply to a repair, too.
func WithCallOptions(opts ...buoy.CallOption) Option {
	return option(func(s *settings) { s.call = append(s.call, opts...) })
}

// WithRepair asks once more if the answer does not follow the schema. The model sees
// its answer and all that is wrong with it. This is a second, billed call, with its own
// retries and its own call deadline. The context bounds both. The Response then has the
// usage and the attempts of both.
//
// Refusals, answers that were cut off, and answers with tool calls are not repaired.
func WithRepair() Option { return option(func(s *settings) { s.repair = true }) }

// WithJSONMode is for models and servers without structured outputs. It asks for any
// JSON object (response_format json_object) and puts the schema into the system
// message, after the text of the first message if that is a system message. Only the
// prompt makes the model follow the schema. Expect mismatches, and consider
// [WithRepair].
func WithJSONMode() Option { return option(func(s *settings) { s.jsonMode = true }) }
