package frameworks_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
	"github.com/buoy-go/buoy/buoytest"
	eino "github.com/cloudwego/eino-ext/components/model/openai"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
)

const (
	hello    = "Hello there!"
	question = "Hello?"
	apiKey   = "unused"
)

// ask returns the text of an answer through a framework.
type ask func(ctx context.Context, stream bool) (string, error)

func langchain(t *testing.T, baseURL string, hc *http.Client) ask {
	model, err := openai.New(openai.WithBaseURL(baseURL), openai.WithHTTPClient(hc), openai.WithToken(apiKey), openai.WithModel("gpt-4o-mini"))
	require.NoError(t, err)
	return func(ctx context.Context, stream bool) (string, error) {
		if !stream {
			return llms.GenerateFromSinglePrompt(ctx, model, question)
		}
		var text strings.Builder
		_, err := llms.GenerateFromSinglePrompt(ctx, model, question, llms.WithStreamingFunc(func(_ context.Context, piece []byte) error {
			text.Write(piece)
			return nil
		}))
		return text.String(), err
	}
}

func einoModel(t *testing.T, baseURL string, hc *http.Client) ask {
	model, err := eino.NewChatModel(t.Context(), &eino.ChatModelConfig{BaseURL: baseURL, HTTPClient: hc, APIKey: apiKey, Model: "gpt-4o-mini"})
	require.NoError(t, err)
	messages := []*schema.Message{schema.UserMessage(question)}
	return func(ctx context.Context, stream bool) (string, error) {
		if !stream {
			m, err := model.Generate(ctx, messages)
			if err != nil {
				return "", err
			}
			return m.Content, nil
		}
		s, err := model.Stream(ctx, messages)
		if err != nil {
			return "", err
		}
		defer s.Close()
		var text strings.Builder
		for {
			m, err := s.Recv()
			if errors.Is(err, io.EOF) {
				return text.String(), nil
			}
			if err != nil {
				return text.String(), err
			}
			text.WriteString(m.Content)
		}
	}
}

// Both answer over a provider that fails first, tell a stream that breaks, and send one
// request where a mistake is final.
func TestFrameworks(t *testing.T) {
	for name, start := range map[string]func(*testing.T, string, *http.Client) ask{"langchaingo": langchain, "eino": einoModel} {
		for _, stream := range []bool{false, true} {
			begin := func(t *testing.T, steps ...buoytest.Step) (*buoytest.Server, ask) {
				srv := buoytest.NewServer(t, steps...)
				client, err := buoy.New(srv.Endpoint(), buoy.WithRetry(buoy.RetryPolicy{BaseDelay: time.Millisecond, MaxDelay: 2 * time.Millisecond}))
				require.NoError(t, err)
				return srv, start(t, srv.URL+"/v1", &http.Client{Transport: buoyhttp.Transport(client, nil)})
			}
			t.Run(name+"/"+map[bool]string{false: "whole", true: "stream"}[stream], func(t *testing.T) {
				srv, ask := begin(t, buoytest.Fail(503), buoytest.InBand(`{"error":{"code":502,"message":"Gone."}}`), buoytest.HTML(200), buoytest.Reply(hello))
				text, err := ask(t.Context(), stream)
				require.NoError(t, err)
				require.Equal(t, hello, text)
				require.Len(t, srv.Requests(), 4)

				srv, ask = begin(t, buoytest.Always(buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota.")))
				_, err = ask(t.Context(), stream)
				require.ErrorContains(t, err, "exceeded your current quota")
				require.Len(t, srv.Requests(), 1)

				if stream {
					_, ask = begin(t, buoytest.EndEarly(2))
					text, err = ask(t.Context(), true)
					require.ErrorIs(t, err, buoy.ErrStreamInterrupted)
					require.NotEmpty(t, text)
				}
			})
		}
	}
}
