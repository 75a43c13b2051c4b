package buoytyped

import (
	"fmt"
	"log/slog"

	"github.com/buoy-go/buoy"
)

// ArgumentsError says that the model called a tool with arguments that do not follow the
// schema, and, from [RunTools], that it did so again when it was told. It unwraps to
// [buoy.ErrMalformed].
//
// Its text shows the tool, the places and the reasons, and nothing of the arguments,
// whatever the formatting verb.
type ArgumentsError struct {
	Tool   string // name of the function
	ID     string // of the call; "" from Function.Call
	Round  int    // of RunTools, from 1; 0 from Function.Call
	Path   string // where in the arguments, for example "stops[2].city"; "" for the whole
	Reason string // what is wrong there
	// Mistakes are all that were found, at most eight; Path and Reason are the first. It is
	// nil if there is no JSON value in the arguments. What could be repaired is none.
	Mistakes []Mistake

	Arguments string `json:"-"` // what the model wrote
	// Cause is the error of encoding/json or of a type's own UnmarshalJSON or
	// UnmarshalText, if one of them refused a value. It may quote the arguments.
	Cause error `json:"-"`
}

// Error returns the tool, and the place and the reason of each mistake.
func (e *ArgumentsError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "the model's arguments for " + e.Tool + " are wrong: " + saidOf(e.Mistakes, e.Path, e.Reason)
}

// Unwrap returns [buoy.ErrMalformed].
func (e *ArgumentsError) Unwrap() error { return buoy.ErrMalformed }

// Format writes the text of [ArgumentsError.Error] for every verb.
func (e *ArgumentsError) Format(s fmt.State, verb rune) { format(s, verb, e.Error()) }

// LogValue returns kind, tool, call, round, path, reason and mistakes as attributes for slog.
func (e *ArgumentsError) LogValue() slog.Value {
	if e == nil {
		return slog.Value{}
	}
	return slog.GroupValue(slog.String("kind", string(buoy.KindOf(e))), slog.String("tool", e.Tool), slog.String("call", e.ID),
		slog.Int("round", e.Round), slog.String("path", e.Path), slog.String("reason", e.Reason),
		slog.String("mistakes", saidOf(e.Mistakes, e.Path, e.Reason)))
}

// RoundsError says that the model still called tools in the last round that
// [Loop.MaxRounds] allows. It unwraps to [buoy.ErrIncomplete].
type RoundsError struct{ Rounds int }

// Error returns the number of rounds and the fix.
func (e *RoundsError) Error() string {
	return fmt.Sprintf("the model still calls tools after %d rounds: raise Loop.MaxRounds, or go on with the Messages of the Conversation", e.Rounds)
}

// Unwrap returns [buoy.ErrIncomplete].
func (e *RoundsError) Unwrap() error { return buoy.ErrIncomplete }

// PanicError is the panic of a tool. [RunTools] tells the model what its value says, and
// not where it happened. It is in the [ToolRun].
type PanicError struct {
	Value any
	Stack []byte `json:"-"` // as debug.Stack returns it
}

// Error returns the text of the value.
func (e *PanicError) Error() string { return fmt.Sprintf("the tool panicked: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// UnknownToolError says that the model called a tool that there is not. [RunTools] tells
// the model, which can then call another. It is in the [ToolRun].
type UnknownToolError struct {
	Name string // what the model wrote
}

// Error says so without the name, which may be any text.
func (e *UnknownToolError) Error() string { return "the model called a tool that does not exist" }

// Unwrap returns [buoy.ErrMalformed].
func (e *UnknownToolError) Unwrap() error { return buoy.ErrMalformed }
