package conformance_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// schemas are the components of OpenAI's specification that concern chat.
type schemas struct {
	request, response, chunk *jsonschema.Schema
}

func load(t testing.TB) schemas {
	text, err := os.ReadFile("testdata/openai-chat.yaml")
	require.NoError(t, err)
	var document any
	require.NoError(t, yaml.Unmarshal(text, &document))

	const url = "mem:///openai-chat.yaml"
	c := jsonschema.NewCompiler()
	c.AssertFormat() // "uri"
	require.NoError(t, c.AddResource(url, document))
	compile := func(name string) *jsonschema.Schema {
		s, err := c.Compile(url + "#/components/schemas/" + name)
		require.NoError(t, err)
		return s
	}
	return schemas{
		request:  compile("CreateChatCompletionRequest"),
		response: compile("CreateChatCompletionResponse"),
		chunk:    compile("CreateChatCompletionStreamResponse"),
	}
}

func check(s *jsonschema.Schema, body []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(document)
}

func conforms(t testing.TB, s *jsonschema.Schema, body []byte) {
	require.NoError(t, check(s, body), "%s", body)
}

// A check that accepts everything would prove nothing.
func TestTheSchemasRefuse(t *testing.T) {
	s := load(t)
	for _, body := range []string{
		`{"messages":[{"role":"user","content":"hi"}]}`,
		`{"model":"m","messages":[]}`,
		`{"model":"m","messages":[{"role":"user"}]}`,
		`{"model":"m","messages":[{"role":"user","content":null}]}`,
		`{"model":"m","messages":[{"role":"tool","content":"r"}]}`,
		`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]}`,
		`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"no url \n"}}]}]}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":"0.2"}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":3}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":1.5}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{}}]}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"tool_choice":"some"}`,
		`{"model":"m","messages":[{"role":"user","content":"hi"}],"stop":[]}`,
	} {
		require.Error(t, check(s.request, []byte(body)), body)
	}
	require.Error(t, check(s.response, []byte(`{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"x","refusal":null}}]}`)), "no logprobs")
	require.Error(t, check(s.chunk, []byte(`{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{}}]}`)), "no finish reason")
}
