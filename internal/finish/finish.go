// Package finish is the one table of the words with which providers say how an
// answer ended.
package finish

import "strings"

// End is what a finish reason says of the way in which a choice ended.
type End uint8

// The ends.
const (
	None     End = iota // no reason was told: it has not ended, or its server does not say
	Natural             // by itself: a stop, or calls that wait for their results
	Length              // a limit of tokens was reached
	Filtered            // text was withheld
	Failed              // something broke behind the server
	Unknown             // a word that is not in the table
)

// ends has the words in lower case.
var ends = map[string]End{
	"": None,
	// Serializers write a missing value as a word.
	"null": None, "none": None,

	"stop": Natural, "tool_calls": Natural, "function_call": Natural,
	"stop_sequence": Natural, "end_turn": Natural, "tool_use": Natural, // Anthropic
	"eos": Natural, "eos_token": Natural, "stop_token": Natural, // text-generation-inference and others
	"complete": Natural, "completed": Natural, "done": Natural, "end": Natural, "finish": Natural,
	"tool_call": Natural, "function_calls": Natural,

	"length": Length, "max_tokens": Length, "max_output_tokens": Length, "max_completion_tokens": Length,
	"max_length": Length, "model_length": Length,
	"model_context_window_exceeded": Length, "context_length_exceeded": Length, "context_window_exceeded": Length,

	"content_filter": Filtered, "content_filtered": Filtered, "content-filter": Filtered,
	"blacklist": Filtered,                                                                          // GigaChat
	"sensitive": Filtered,                                                                          // Z.ai
	"safety":    Filtered, "image_safety": Filtered, "recitation": Filtered, "blocklist": Filtered, // Gemini
	"prohibited_content": Filtered, "spii": Filtered,
	"refusal":              Filtered, // Anthropic
	"guardrail_intervened": Filtered, // Bedrock

	"network_error":                Failed,                    // Z.ai
	"insufficient_system_resource": Failed,                    // DeepSeek
	"abort":                        Failed, "aborted": Failed, // vLLM, SGLang
	"cancel": Failed, "canceled": Failed, "cancelled": Failed,
	"fail": Failed, "failed": Failed, "failure": Failed, "timeout": Failed,
	"internal_error": Failed, "server_error": Failed, "upstream_error": Failed,
}

// Of looks a finish reason up. Capitals do not matter, nor does what follows a
// colon, where Gemini's compatible endpoint has the native word.
func Of(reason string) End {
	switch reason {
	case "":
		return None
	case "stop", "tool_calls":
		return Natural
	case "length":
		return Length
	}
	word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(reason)), ":")
	if end, ok := ends[word]; ok {
		return end
	}
	if strings.HasPrefix(word, "error") {
		return Failed
	}
	return Unknown
}

// Explains reports an end that is the reason why there is no text: the tokens went
// into hidden thought, or the provider withheld it. Asking again would pay for the
// same.
func (e End) Explains() bool { return e == Length || e == Filtered }
