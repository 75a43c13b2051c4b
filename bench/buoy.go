package bench

import (
	"context"
	"net/http"

	"github.com/buoy-go/buoy"
)

// buoyClient has everything on that a client without options has. Only a refusal
// is not retried, or a wait would be measured.
type buoyClient struct {
	client *buoy.Client
	prompt buoy.Request
}

func newBuoy(rt http.RoundTripper, prompt []Message) (Client, error) {
	return newBuoyWith(prompt, buoy.WithHTTPClient(&http.Client{Transport: rt}),
		buoy.WithRetry(buoy.RetryPolicy{MaxAttempts: 1}))
}

func newBuoyWith(prompt []Message, opts ...buoy.Option) (*buoyClient, error) {
	client, err := buoy.New(buoy.Endpoint{BaseURL: baseURL, Keys: []string{key}}, opts...)
	if err != nil {
		return nil, err
	}
	c := &buoyClient{client: client, prompt: buoy.Request{Model: model}}
	for _, m := range prompt {
		c.prompt.Messages = append(c.prompt.Messages, buoy.Message{Role: m.Role, Content: m.Text})
	}
	return c, nil
}

func (c *buoyClient) Chat(ctx context.Context) (string, error) {
	resp, err := c.client.Chat(ctx, c.prompt)
	if err != nil {
		return "", err
	}
	return resp.Text(), nil
}

func (c *buoyClient) Stream(ctx context.Context) (Received, error) {
	s, err := c.client.Stream(ctx, c.prompt)
	if err != nil {
		return Received{}, err
	}
	defer s.Close()
	var got Received
	for s.Next() {
		chunk := s.Chunk()
		for i := range chunk.Choices {
			delta := &chunk.Choices[i].Delta
			got.Text += len(delta.Content)
			for j := range delta.ToolCalls {
				got.Arguments += len(delta.ToolCalls[j].Function.Arguments)
			}
		}
	}
	return got, s.Err()
}

// newLayers is a client whose attempts are answered before they reach the
// transport, with buoy's standard chain around them or none.
func newLayers(standard bool) (*buoyClient, error) {
	answer := &buoy.Reply{Response: &buoy.Response{Choices: []buoy.Choice{{
		Message: buoy.Assistant(shortAnswer), FinishReason: "stop",
	}}}}
	opts := []buoy.Option{buoy.WithAttemptMiddleware(func(buoy.Handler) buoy.Handler {
		return func(context.Context, *buoy.Call) (*buoy.Reply, error) { return answer, nil }
	})}
	if !standard {
		opts = append(opts, buoy.WithChain())
	}
	return newBuoyWith(shortPrompt, opts...)
}
