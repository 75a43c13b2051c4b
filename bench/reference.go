package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// reference is what a program without a library does: structs, net/http and
// encoding/json. It checks the status and decodes the error, and that is all.
type reference struct {
	client *http.Client
	prompt refRequest
}

type refRequest struct {
	Model         string            `json:"model"`
	Messages      []refMessage      `json:"messages"`
	Stream        bool              `json:"stream,omitempty"`
	StreamOptions *refStreamOptions `json:"stream_options,omitempty"`
}

type refStreamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type refMessage struct {
	Role      string        `json:"role,omitempty"`
	Content   string        `json:"content"`
	Refusal   string        `json:"refusal,omitempty"`
	ToolCalls []refToolCall `json:"tool_calls,omitempty"`
}

type refToolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type refUsage struct {
	PromptTokens        int `json:"prompt_tokens"`
	CompletionTokens    int `json:"completion_tokens"`
	TotalTokens         int `json:"total_tokens"`
	PromptTokensDetails struct {
		CachedTokens int `json:"cached_tokens"`
		AudioTokens  int `json:"audio_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionTokensDetails struct {
		ReasoningTokens int `json:"reasoning_tokens"`
		AudioTokens     int `json:"audio_tokens"`
	} `json:"completion_tokens_details"`
}

type refResponse struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Index        int        `json:"index"`
		Message      refMessage `json:"message"`
		FinishReason string     `json:"finish_reason"`
	} `json:"choices"`
	Usage             refUsage `json:"usage"`
	ServiceTier       string   `json:"service_tier"`
	SystemFingerprint string   `json:"system_fingerprint"`
}

type refChunk struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
	Choices []struct {
		Index        int        `json:"index"`
		Delta        refMessage `json:"delta"`
		FinishReason string     `json:"finish_reason"`
	} `json:"choices"`
	Usage             *refUsage `json:"usage"`
	ServiceTier       string    `json:"service_tier"`
	SystemFingerprint string    `json:"system_fingerprint"`
}

// refError is the refusal of a provider.
type refError struct {
	Status  int    `json:"-"`
	Message string `json:"message"`
	Type    string `json:"type"`
	Param   string `json:"param"`
	Code    string `json:"code"`
}

func (e *refError) Error() string {
	return fmt.Sprintf("status %d: %s (%s)", e.Status, e.Message, e.Code)
}

func newReference(rt http.RoundTripper, prompt []Message) (Client, error) {
	r := &reference{client: &http.Client{Transport: rt}, prompt: refRequest{Model: model}}
	for _, m := range prompt {
		r.prompt.Messages = append(r.prompt.Messages, refMessage{Role: m.Role, Content: m.Text})
	}
	return r, nil
}

func (r *reference) post(ctx context.Context, prompt *refRequest) (*http.Response, error) {
	body, err := json.Marshal(prompt)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, baseURL+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		var envelope struct {
			Error refError `json:"error"`
		}
		if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&envelope); err != nil {
			return nil, fmt.Errorf("status %d: %w", resp.StatusCode, err)
		}
		envelope.Error.Status = resp.StatusCode
		return nil, &envelope.Error
	}
	return resp, nil
}

func (r *reference) Chat(ctx context.Context) (string, error) {
	resp, err := r.post(ctx, &r.prompt)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	var out refResponse
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return "", err
	}
	return out.Choices[0].Message.Content, nil
}

func (r *reference) Stream(ctx context.Context) (Received, error) {
	prompt := r.prompt
	prompt.Stream, prompt.StreamOptions = true, &refStreamOptions{IncludeUsage: true}
	resp, err := r.post(ctx, &prompt)
	if err != nil {
		return Received{}, err
	}
	defer resp.Body.Close()
	var got Received
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		if string(data) == "[DONE]" {
			break
		}
		var chunk refChunk
		if err := json.Unmarshal(data, &chunk); err != nil {
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
	return got, lines.Err()
}
