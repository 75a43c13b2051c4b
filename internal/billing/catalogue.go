package billing

import (
	"encoding/json"
	"fmt"
)

// Model is what a catalogue tells of a model. A field that it does not tell is zero,
// and so is one that is not of the documented type.
type Model struct {
	Provider       string
	PromptCost     *float64 // per million tokens
	CompletionCost *float64
	ContextSize    int
	MaxOutput      int
	Input, Output  []string
}

// DecodeCatalogue reads an object of models by name. The list of all kinds of
// models has those of chat in a member of its own.
func DecodeCatalogue(data []byte) (map[string]Model, error) {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	if chat, ok := raw["chat"]; ok {
		var inner map[string]json.RawMessage
		if json.Unmarshal(chat, &inner) == nil && inner["prompt_cost"] == nil {
			raw = inner
		}
	}
	list := make(map[string]Model, len(raw))
	for name, data := range raw {
		if m, ok := decodeModel(data); ok {
			list[name] = m
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("none of %d members is a model", len(raw))
	}
	return list, nil
}

func decodeModel(data []byte) (m Model, ok bool) {
	var in map[string]json.RawMessage
	if json.Unmarshal(data, &in) != nil {
		return m, false
	}
	read := func(name string, dst any) { // what is of another type is left out
		if raw, told := in[name]; told {
			_ = json.Unmarshal(raw, dst)
		}
	}
	var prompt, completion, context, output number
	read("provider", &m.Provider)
	read("prompt_cost", &prompt)
	read("completion_cost", &completion)
	read("context_size", &context)
	read("max_output", &output)
	var modalities struct{ Input, Output json.RawMessage }
	read("modalities", &modalities)
	_ = json.Unmarshal(modalities.Input, &m.Input)
	_ = json.Unmarshal(modalities.Output, &m.Output)
	m.PromptCost, m.CompletionCost = prompt.value, completion.value
	m.ContextSize, m.MaxOutput = context.count(), output.count()
	return m, m.Provider != "" || m.PromptCost != nil || m.ContextSize > 0
}
