package buoytyped

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/buoy-go/buoy"
)

// maxCalls is how many calls of one answer are run. A model that writes more is told to
// make the rest later: a broken one writes the same call until its token limit.
const maxCalls = 64

// maxErrorText is how many bytes of an error the model sees. It is paid for in every
// round that follows.
const maxErrorText = 1000

// ToolRun is one call of a tool.
type ToolRun struct {
	Round     int           // from 1
	ID        string        // of the call
	Tool      string        // name of the function; what the model wrote, if there is none
	Arguments string        // as they were understood; as the model wrote them, if they were not
	Result    string        // what the model was told
	Err       error         // of the function; a *PanicError, an *ArgumentsError, an *UnknownToolError; nil if it worked
	Duration  time.Duration // of the function
}

// toolbox is the tools of one conversation. It belongs to the goroutine of Run.
type toolbox struct {
	functions map[string]Function
	names     []string
	wrong     map[string]bool // tools whose arguments were wrong the last time
}

// newToolbox adds the tools to the request.
func newToolbox(req *buoy.Request, tools []Function) (*toolbox, error) {
	box := &toolbox{functions: make(map[string]Function, len(tools)), wrong: make(map[string]bool)}
	req.Tools = slices.Clone(req.Tools)
	for i, f := range tools {
		tool, err := f.Definition()
		if bad, ok := errors.AsType[*buoy.RequestError](err); ok {
			return nil, &buoy.RequestError{Field: fmt.Sprintf("tools[%d]", len(req.Tools)), Reason: bad.Reason}
		}
		if _, twice := box.functions[f.name]; twice {
			return nil, &buoy.RequestError{Field: fmt.Sprintf("tools[%d]", len(req.Tools)), Reason: fmt.Sprintf("is the second tool with the name %s: rename one (number %d)", f.name, i+1)}
		}
		box.functions[f.name] = f
		box.names = append(box.names, f.name)
		req.Tools = append(req.Tools, tool)
	}
	return box, nil
}

// find returns the tool that a model means. Several put the name of a namespace before it
// that their chat template has.
func (b *toolbox) find(name string) (Function, bool) {
	name = strings.TrimSpace(name)
	for _, prefix := range []string{"", "functions.", "default_api."} {
		if own, ok := strings.CutPrefix(name, prefix); ok {
			if f, ok := b.functions[own]; ok {
				return f, true
			}
		}
	}
	return Function{}, false
}

// lastCall is the call that an answer was cut off in: the name if there is such a tool,
// and the arguments.
func (b *toolbox) lastCall(m *buoy.Message) (tool, arguments string) {
	wanted, arguments := "", ""
	if n := len(m.ToolCalls); n > 0 {
		wanted, arguments = asked(&m.ToolCalls[n-1])
	} else {
		wanted, arguments = m.FunctionCall.Name, m.FunctionCall.Arguments
	}
	if f, ok := b.find(wanted); ok {
		return f.name, arguments
	}
	return "a tool", arguments
}

// asked is what a call asks for. One in the form of a custom tool has its arguments in
// its input.
func asked(c *buoy.ToolCall) (name, arguments string) {
	if c.Custom != nil && c.Function.Name == "" {
		return c.Custom.Name, c.Custom.Input
	}
	return c.Function.Name, c.Function.Arguments
}

// pending is a call on its way.
type pending struct {
	ToolRun
	call func(context.Context) (string, error) // nil if there is nothing to run
}

// run carries out the calls of an answer and appends it and their results.
func (c *Conversation) run(ctx context.Context, box *toolbox, m buoy.Message, round, parallel int) error {
	steps, results := box.prepare(&m, round)
	var group errgroup.Group
	group.SetLimit(parallel)
	for i := range steps {
		s := &steps[i]
		if s.call == nil {
			continue
		}
		group.Go(func() error {
			s.perform(ctx)
			return nil
		})
	}
	_ = group.Wait()
	err := box.judge(steps)
	c.Messages = append(c.Messages, m)
	for i := range steps {
		s := &steps[i]
		if s.Err != nil {
			s.Result = box.complaint(s)
		}
		results[i].Content = s.Result
		c.Runs = append(c.Runs, s.ToolRun)
	}
	c.Messages = append(c.Messages, results...)
	if ctx.Err() != nil {
		return &stoppedError{round: round, err: ctx.Err(), cause: context.Cause(ctx)}
	}
	return err
}

// prepare reads the calls of a message, and makes it and the results, which are still
// empty, fit to be sent again.
func (b *toolbox) prepare(m *buoy.Message, round int) (steps []pending, results []buoy.Message) {
	if len(m.ToolCalls) == 0 { // the deprecated form, which servers of before still use
		own := *m.FunctionCall
		s := b.read(own.Name, own.Arguments, round, 0)
		own.Name, own.Arguments = sendable(s.name(own.Name), s.Arguments)
		m.FunctionCall = &own
		return []pending{s}, []buoy.Message{{Role: buoy.RoleFunction, Name: own.Name}}
	}
	m.ToolCalls = slices.Clone(m.ToolCalls)
	ids := make(map[string]bool, len(m.ToolCalls))
	for i := range m.ToolCalls {
		call := &m.ToolCalls[i]
		name, arguments := asked(call)
		s := b.read(name, arguments, round, i)
		for n := i; call.ID == "" || ids[call.ID]; n++ { // results could not be told apart
			call.ID = fmt.Sprintf("call_%d_%d", round, n)
		}
		ids[call.ID], s.ID = true, call.ID
		if bad, ok := errors.AsType[*ArgumentsError](s.Err); ok {
			bad.ID = call.ID
		}
		if call.Custom == nil || call.Function.Name != "" {
			call.Function.Name, call.Function.Arguments = sendable(s.name(name), s.Arguments)
		}
		steps = append(steps, s)
		results = append(results, buoy.ToolResult(call.ID, ""))
	}
	return steps, results
}

// read reads one call.
func (b *toolbox) read(name, arguments string, round, place int) pending {
	s := pending{ToolRun: ToolRun{Round: round, Tool: name, Arguments: arguments}}
	f, ok := b.find(name)
	switch {
	case !ok:
		s.Err = &UnknownToolError{Name: name}
		return s
	case place >= maxCalls:
		s.Tool, s.Err = f.name, errTooManyCalls
		return s
	}
	s.Tool = f.name
	call, used, err := f.prepare(arguments)
	if bad, ok := errors.AsType[*ArgumentsError](err); ok {
		bad.Round = round
	}
	if err != nil {
		s.Err = err
		return s
	}
	s.call, s.Arguments = call, used
	return s
}

var errTooManyCalls = fmt.Errorf("only the first %d calls of an answer are run: make this one again in the next", maxCalls)

// name is how a call is named when it is sent again.
func (s *pending) name(wrote string) string {
	if _, unknown := errors.AsType[*UnknownToolError](s.Err); unknown {
		return wrote
	}
	return s.Tool
}

// sendable makes a call fit to be sent again: providers refuse names with other letters
// with a 400, for every round that follows, and chat templates parse the arguments.
func sendable(name, arguments string) (string, string) {
	if !legalName.MatchString(name) {
		name = strings.Map(func(r rune) rune {
			if legalName.MatchString(string(r)) {
				return r
			}
			return '_'
		}, bounded(name, 61))
		if name == "" {
			name = "unknown"
		}
	}
	if v, ok := parse(arguments); !ok || v == nil {
		return name, "{}"
	} else if _, object := v.(map[string]any); !object {
		return name, "{}"
	}
	return name, arguments
}

// perform runs the function.
func (s *pending) perform(ctx context.Context) {
	if s.Err = ctx.Err(); s.Err != nil {
		return
	}
	begun := time.Now()
	s.Err = errNoResult // where the function ends its goroutine
	defer func() { s.Duration = time.Since(begun) }()
	s.Result, s.Err = guarded(func() (string, error) { return s.call(ctx) })
}

var errNoResult = errors.New("the tool ended without a result")

// judge says whether a tool was called with wrong arguments twice in a row.
func (b *toolbox) judge(steps []pending) (again error) {
	wrong, right := map[string]bool{}, map[string]bool{}
	for i := range steps {
		bad, ok := steps[i].Err.(*ArgumentsError)
		switch {
		case !ok:
			right[steps[i].Tool] = true
		case b.wrong[bad.Tool] && again == nil:
			again = bad
			fallthrough
		default:
			wrong[bad.Tool] = true
		}
	}
	for name := range right {
		delete(b.wrong, name)
	}
	for name := range wrong {
		b.wrong[name] = true
	}
	return again
}

// complaint is what the model is told of a call that did not work.
func (b *toolbox) complaint(s *pending) string {
	told := struct {
		Error     string `json:"error"`
		Arguments string `json:"arguments,omitempty"` // as the model wrote them
	}{}
	switch err := s.Err.(type) {
	case *UnknownToolError:
		others := "; there are: " + bounded(strings.Join(b.names, ", "), maxErrorText)
		if len(b.names) == 0 {
			others = ", nor any other function: answer without a call"
		}
		told.Error = "there is no tool " + cleaned(err.Name) + others
	case *ArgumentsError:
		why := toldOf(err.Mistakes, err.Path, err.Reason)
		told.Error = bounded("the arguments do not follow the JSON Schema of "+err.Tool+": "+why, maxErrorText) + ". Call it again with corrected arguments."
		told.Arguments = bounded(err.Arguments, maxErrorText)
	default:
		told.Error = bounded(textOf(err), maxErrorText)
	}
	text, err := encode(told)
	if err != nil {
		return `{"error":"the tool failed"}`
	}
	return text
}

// textOf is the text of an error, whose method is somebody else's and may panic.
func textOf(err error) string {
	text, failed := guarded(func() (string, error) { return err.Error(), nil })
	if failed != nil || text == "" {
		return "the tool failed"
	}
	return text
}

// bounded cuts a text that is too long.
func bounded(text string, limit int) string {
	text = strings.ToValidUTF8(text, "\ufffd")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}

// stoppedError says that the context ended while tools ran.
type stoppedError struct {
	round      int
	err, cause error
}

func (e *stoppedError) Error() string {
	return fmt.Sprintf("the tools of round %d were stopped: %v", e.round, e.cause)
}

// Unwrap returns the error of the context and its cause.
func (e *stoppedError) Unwrap() []error { return []error{e.err, e.cause} }
