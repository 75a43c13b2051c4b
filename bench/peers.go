package bench

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	sashabaranov "github.com/sashabaranov/go-openai"
)

// openaiGo is OpenAI's own SDK.
type openaiGo struct {
	client openai.Client
	params openai.ChatCompletionNewParams
}

func newOpenAIGo(rt http.RoundTripper, prompt []Message) (Client, error) {
	c := &openaiGo{
		client: openai.NewClient(
			option.WithAPIKey(key), option.WithBaseURL(baseURL),
			option.WithHTTPClient(&http.Client{Transport: rt}), option.WithMaxRetries(0),
		),
		params: openai.ChatCompletionNewParams{Model: model},
	}
	for _, m := range prompt {
		var u openai.ChatCompletionMessageParamUnion
		switch m.Role {
		case "system":
			u = openai.SystemMessage(m.Text)
		case "assistant":
			u = openai.AssistantMessage(m.Text)
		default:
			u = openai.UserMessage(m.Text)
		}
		c.params.Messages = append(c.params.Messages, u)
	}
	return c, nil
}

func (c *openaiGo) Chat(ctx context.Context) (string, error) {
	resp, err := c.client.Chat.Completions.New(ctx, c.params)
	if err != nil {
		return "", err
	}
	return resp.Choices[0].Message.Content, nil
}

func (c *openaiGo) Stream(ctx context.Context) (Received, error) {
	params := c.params
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	s := c.client.Chat.Completions.NewStreaming(ctx, params)
	defer s.Close()
	var got Received
	for s.Next() {
		chunk := s.Current()
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

// goOpenAI is the community's SDK.
type goOpenAI struct {
	client *sashabaranov.Client
	prompt sashabaranov.ChatCompletionRequest
}

func newGoOpenAI(rt http.RoundTripper, prompt []Message) (Client, error) {
	config := sashabaranov.DefaultConfig(key)
	config.BaseURL = baseURL
	config.HTTPClient = &http.Client{Transport: rt}
	c := &goOpenAI{
		client: sashabaranov.NewClientWithConfig(config),
		prompt: sashabaranov.ChatCompletionRequest{Model: model},
	}
	for _, m := range prompt {
		c.prompt.Messages = append(c.prompt.Messages, sashabaranov.ChatCompletionMessage{Role: m.Role, Content: m.Text})
	}
	return c, nil
}

func (c *goOpenAI) Chat(ctx context.Context) (string, error) {
	resp, err := c.client.CreateChatCompletion(ctx, c.prompt)
	if err != nil {
		return "", err
	}
	return resp.Choices[0].Message.Content, nil
}

func (c *goOpenAI) Stream(ctx context.Context) (Received, error) {
	prompt := c.prompt
	prompt.StreamOptions = &sashabaranov.StreamOptions{IncludeUsage: true}
	s, err := c.client.CreateChatCompletionStream(ctx, prompt)
	if err != nil {
		return Received{}, err
	}
	defer s.Close()
	var got Received
	for {
		chunk, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for i := range chunk.Choices {
			delta := &chunk.Choices[i].Delta
			got.Text += len(delta.Content)
			for j := range delta.ToolCalls {
				got.Arguments += len(delta.ToolCalls[j].Function.Arguments)
			}
		}
	}
}
