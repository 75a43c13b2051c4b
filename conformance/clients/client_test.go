package clients_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/buoy-go/buoy"
	openai "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	goopenai "github.com/sashabaranov/go-openai"
)

// client is another client, as a program sees it.
type client interface {
	// ask returns the text of an answer, or what came of it and the error.
	ask(ctx context.Context, stream bool) (text string, err error)
}

// clients are made for a base URL and a transport.
var clients = []struct {
	name string
	make func(baseURL string, hc *http.Client) client
}{
	{"openai-go", newOpenAI},
	{"go-openai", newGoOpenAI},
}

const (
	model    = "gpt-4o-mini"
	question = "Hello?"
	apiKey   = "sk-dead"
)

type openAI struct{ openai.Client }

func newOpenAI(baseURL string, hc *http.Client) client {
	return openAI{openai.NewClient(option.WithBaseURL(baseURL), option.WithHTTPClient(hc), option.WithAPIKey(apiKey))}
}

func (c openAI) ask(ctx context.Context, stream bool) (string, error) {
	params := openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(question)}}
	if !stream {
		resp, err := c.Chat.Completions.New(ctx, params)
		if err != nil || len(resp.Choices) == 0 {
			return "", err
		}
		return resp.Choices[0].Message.Content, nil
	}
	s := c.Chat.Completions.NewStreaming(ctx, params)
	defer s.Close()
	var text strings.Builder
	for s.Next() {
		for _, choice := range s.Current().Choices {
			text.WriteString(choice.Delta.Content)
		}
	}
	return text.String(), s.Err()
}

type goOpenAI struct{ *goopenai.Client }

func newGoOpenAI(baseURL string, hc *http.Client) client {
	config := goopenai.DefaultConfig(apiKey)
	config.BaseURL, config.HTTPClient = baseURL, hc
	return goOpenAI{goopenai.NewClientWithConfig(config)}
}

func (c goOpenAI) ask(ctx context.Context, stream bool) (string, error) {
	req := goopenai.ChatCompletionRequest{Model: model, Messages: []goopenai.ChatCompletionMessage{{Role: "user", Content: question}}}
	if !stream {
		resp, err := c.CreateChatCompletion(ctx, req)
		if err != nil || len(resp.Choices) == 0 {
			return "", err
		}
		return resp.Choices[0].Message.Content, nil
	}
	s, err := c.CreateChatCompletionStream(ctx, req)
	if err != nil {
		return "", err
	}
	defer s.Close()
	var text strings.Builder
	for {
		chunk, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return text.String(), err
		}
		for _, choice := range chunk.Choices {
			text.WriteString(choice.Delta.Content)
		}
	}
}

// statusOf is the status that a client's own error type tells, 0 for none.
func statusOf(err error) int {
	if e, ok := errors.AsType[*openai.Error](err); ok {
		return e.StatusCode
	}
	if e, ok := errors.AsType[*goopenai.APIError](err); ok {
		return e.HTTPStatusCode
	}
	return 0
}

// callOf is buoy's error within a client's.
func callOf(err error) *buoy.CallError {
	e, _ := errors.AsType[*buoy.CallError](err)
	return e
}
