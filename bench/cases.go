package bench

import (
	"context"
	"fmt"
	"net/http"
)

const (
	baseURL = "https://api.openai.com/v1"
	key     = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"
)

// Client is one way of calling a chat API, set up with its prompt.
type Client interface {
	Chat(ctx context.Context) (text string, err error)
	Stream(ctx context.Context) (Received, error)
}

// Received is how many bytes a stream brought.
type Received struct{ Text, Arguments int }

// Contender is a client under its name.
type Contender struct {
	Name string
	New  func(rt http.RoundTripper, prompt []Message) (Client, error)
}

// Reference is what the others are measured by.
const Reference = "reference"

// Contenders returns all clients, the reference first.
func Contenders() []Contender {
	return []Contender{
		{Reference, newReference},
		{"buoy", newBuoy},
		{"go-openai", newGoOpenAI},
		{"openai-go", newOpenAIGo},
	}
}

// Case is one thing to measure.
type Case struct {
	Name   string
	Chunks int // of a stream; 0 for a whole answer
	prompt []Message
	rt     *transport
	run    func(context.Context, Client) error
}

// Cases returns what is measured for each contender.
func Cases() []Case {
	whole := func(name, text string, prompt []Message) Case {
		return Case{
			Name: name, prompt: prompt,
			rt: answer(http.StatusOK, wholeReply(text)),
			run: func(ctx context.Context, c Client) error {
				got, err := c.Chat(ctx)
				if err == nil && got != text {
					err = fmt.Errorf("got %d bytes of text instead of %d", len(got), len(text))
				}
				return err
			},
		}
	}
	streamed := func(name string, chunks int, delta func(int) string, finish string, want Received) Case {
		return Case{
			Name: name, Chunks: chunks, prompt: shortPrompt,
			rt: events(stream(chunks, delta, finish)),
			run: func(ctx context.Context, c Client) error {
				got, err := c.Stream(ctx)
				if err == nil && got != want {
					err = fmt.Errorf("got %+v instead of %+v", got, want)
				}
				return err
			},
		}
	}
	text := func(chunks int) (sum int) {
		for i := range chunks {
			sum += len(words[i%(len(words)-1)])
		}
		return sum
	}
	return []Case{
		whole("chat_small", shortAnswer, shortPrompt),
		whole("reply_64KB", prose(64<<10), shortPrompt),
		whole("request_100KB", shortAnswer, longPrompt),
		refused("error_429"),
		streamed("stream_3", 3, textDelta, "stop", Received{Text: text(3)}),
		streamed("stream_1000", 1000, textDelta, "stop", Received{Text: text(1000)}),
		streamed("tools_1000", 1000, toolDelta, "tool_calls", Received{Arguments: 2 * 999}),
	}
}

func refused(name string) Case {
	return Case{
		Name: name, prompt: shortPrompt,
		rt: answer(http.StatusTooManyRequests, []byte(refusal)),
		run: func(ctx context.Context, c Client) error {
			if text, err := c.Chat(ctx); err == nil {
				return fmt.Errorf("got %q and no error", text)
			}
			return nil
		},
	}
}

// Prepare sets a contender up for the case and returns what to repeat.
func (c Case) Prepare(who Contender) (func() error, error) {
	client, err := who.New(c.rt, c.prompt)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	return func() error { return c.run(ctx, client) }, nil
}

// Layers returns two calls that are answered at once where the transport would
// be: with the standard chain, and with no layers at all. Their difference is what
// deadline, retry, choice of key, breaker and timers cost together.
func Layers() (standard, bare func() error, err error) {
	with, err := newLayers(true)
	if err != nil {
		return nil, nil, err
	}
	without, err := newLayers(false)
	if err != nil {
		return nil, nil, err
	}
	call := func(c *buoyClient) func() error {
		ctx := context.Background()
		return func() error {
			_, err := c.Chat(ctx)
			return err
		}
	}
	return call(with), call(without), nil
}
