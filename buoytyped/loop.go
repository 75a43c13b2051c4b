package buoytyped

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/finish"
)

// Loop says how [Loop.Run] goes back and forth between a model and its tools. The zero
// value is ready to use. It is never changed.
type Loop struct {
	// MaxRounds is how many answers of the model are asked for at most; default 10. Each
	// is paid for, and each has the whole conversation as its prompt.
	MaxRounds int
	// Parallel is how many calls of one answer run at the same time; default 8. It is 1
	// for a request whose ParallelToolCalls is false.
	Parallel int
	// Stream gets each chunk of each answer as it comes, on the goroutine of Run. If it is
	// nil, answers are asked for whole.
	Stream func(*buoy.Chunk)
	// CallOptions apply to the call of each round.
	CallOptions []buoy.CallOption
}

func (l Loop) maxRounds() int { return cmp.Or(l.MaxRounds, 10) }

func (l Loop) parallel(req *buoy.Request) int {
	if req.ParallelToolCalls != nil && !*req.ParallelToolCalls {
		return 1
	}
	return cmp.Or(l.Parallel, 8)
}

// Conversation is what was said in a [Loop.Run]. It is the caller's.
type Conversation struct {
	// Messages are those of the request, and all that came after, the last answer
	// included. Every call in them has its result, so they can be sent again: append a
	// buoy.User message, and run them with the same tools.
	Messages []buoy.Message
	// Responses are the answers of the model, one for each round.
	Responses []*buoy.Response
	// Usage is that of all rounds together.
	Usage buoy.Usage
	// Runs are the calls of tools, in the order in which the model wrote them.
	Runs []ToolRun
}

// Response returns the last answer, nil if there is none.
func (c *Conversation) Response() *buoy.Response {
	if c == nil || len(c.Responses) == 0 {
		return nil
	}
	return c.Responses[len(c.Responses)-1]
}

// Text returns the text of the last answer.
func (c *Conversation) Text() string {
	if resp := c.Response(); resp != nil {
		return resp.Text()
	}
	return ""
}

// RunTools asks a model, runs the tools that it calls, tells it their results, and does so
// until it answers without a call. It is [Loop.Run] of the zero Loop: at most 10 rounds,
// and 8 calls at the same time.
func RunTools(ctx context.Context, client *buoy.Client, req buoy.Request, tools ...Function) (*Conversation, error) {
	return Loop{}.Run(ctx, client, req, tools...)
}

// Run asks a model, runs the tools that it calls, tells it their results, and does so until
// it answers without a call. The tools are added to those of the request, which may have
// only such as the provider runs itself. The request is neither kept nor changed.
//
// The Conversation is never nil. Beside an error it has all that was said before.
//
// What goes wrong with a call is told to the model as its result, and the loop goes on: a
// tool's error or panic, a tool that does not exist, arguments that do not follow the
// schema. Arguments are repaired where only one thing can be meant. If those of a tool
// are wrong again in the next round that calls it, the error is an [ArgumentsError].
//
// Other errors are a [RoundsError]; a [TruncatedError] if an answer, or a call in it,
// was cut off at the token limit, and then none of its calls is run; a [RefusalError];
// those of [buoy.Client.Chat]; and a [buoy.RequestError] for a request or a tool that
// cannot work. If ctx ends while tools run, Run waits until they return, and errors.Is
// finds the error of ctx.
//
// A ToolChoice that forces a call holds for the first round only, as a model that must
// call a tool never comes to an end. A request may ask for one choice (N) only.
func (l Loop) Run(ctx context.Context, client *buoy.Client, req buoy.Request, tools ...Function) (*Conversation, error) {
	conv := &Conversation{Messages: slices.Clone(req.Messages)}
	if err := l.check(ctx, client, &req); err != nil {
		return conv, err
	}
	box, err := newToolbox(&req, tools)
	if err != nil {
		return conv, err
	}
	for round := 1; ; round++ {
		req.Messages = conv.Messages
		resp, err := l.ask(ctx, client, req)
		if err != nil {
			return conv, err
		}
		conv.Responses = append(conv.Responses, resp)
		conv.Usage = conv.Usage.Plus(resp.Usage)
		if done, err := conv.end(resp, box); done || err != nil {
			return conv, err
		}
		if err := conv.run(ctx, box, resp.Choices[0].Message, round, l.parallel(&req)); err != nil {
			return conv, err
		}
		if round >= l.maxRounds() {
			return conv, &RoundsError{Rounds: round}
		}
		req.ToolChoice = unforced(req.ToolChoice)
	}
}

// check refuses what could not work.
func (l Loop) check(ctx context.Context, client *buoy.Client, req *buoy.Request) error {
	refuse := func(field, reason string) error { return &buoy.RequestError{Field: field, Reason: reason} }
	switch {
	case ctx == nil:
		return refuse("context", "is nil: pass context.Background()")
	case client == nil:
		return errNilClient
	case l.MaxRounds < 0 || l.Parallel < 0:
		return refuse("loop", "a number is negative: leave it at 0 for the default")
	case req.Choices() != 1:
		return refuse("n", "is not 1: a conversation goes on with one answer, so leave it out")
	case len(req.Functions) > 0 || req.FunctionCall != "":
		return refuse("functions", "is the deprecated form of tools: make them with buoytyped.Tool")
	}
	for _, field := range []string{"tools", "tool_choice", "functions", "function_call"} {
		if _, ok := req.Extra[field]; ok {
			return refuse(field, "is in Extra, but it is RunTools's to set: use buoytyped.Tool and Request.ToolChoice")
		}
	}
	for i, t := range req.Tools {
		if t.Function != nil || t.Custom != nil || t.Type == "" || t.Type == buoy.ToolFunction || t.Type == buoy.ToolCustom {
			return refuse(fmt.Sprintf("tools[%d]", i), "has no Go function to run: make it with buoytyped.Tool, or run your own loop")
		}
	}
	return nil
}

// ask makes one round's call.
func (l Loop) ask(ctx context.Context, client *buoy.Client, req buoy.Request) (*buoy.Response, error) {
	if l.Stream == nil {
		return client.Chat(ctx, req, l.CallOptions...)
	}
	stream, err := client.Stream(ctx, req, l.CallOptions...)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return nil, err
		}
		l.Stream(chunk)
	}
	return stream.Response(), nil
}

// end looks at an answer, and says whether it is the last one.
func (c *Conversation) end(resp *buoy.Response, box *toolbox) (done bool, err error) {
	if len(resp.Choices) == 0 {
		return false, &MismatchError{Type: "conversation", Reason: "it has no choice", Response: resp}
	}
	choice := &resp.Choices[0]
	m := &choice.Message
	if r := refusal(choice); r != nil {
		r.Response = resp
		if !calls(m) {
			c.Messages = append(c.Messages, *m)
		}
		return false, r
	}
	if endOf(choice) == finish.Length {
		cut := &TruncatedError{Text: m.Text(), Response: resp}
		if calls(m) { // the model may have wanted to say more in any of them
			cut.Tool, cut.Text = box.lastCall(m)
		} else {
			c.Messages = append(c.Messages, *m)
		}
		return false, cut
	}
	if !calls(m) {
		c.Messages = append(c.Messages, *m)
		return true, nil
	}
	return false, nil
}

func calls(m *buoy.Message) bool { return len(m.ToolCalls) > 0 || m.FunctionCall != nil }

// unforced is a choice that leaves it to the model whether to call a tool, and among which
// ones as before.
func unforced(c *buoy.ToolChoice) *buoy.ToolChoice {
	switch {
	case c == nil || len(c.Raw) > 0:
		return nil
	case c.Type == "none" || c.Type == "auto":
		return c
	case c.Type == "allowed_tools":
		own := *c
		own.Mode = "auto"
		return &own
	}
	return nil
}
