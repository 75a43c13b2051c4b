// Package finish is the one table of the words with which providers say how an
// answer ended.
package finish

import "strings"

// End is what a finish reason says of the way in which a choice ended.
type End uint8

// The ends.
const (
	None     End = iota // no reason was told: it has not ended, or its server does not say
	Natural             // by itself: a stop
	Called              // by itself: calls wait for their results
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

	"stop": Natural, "tool_calls": Called, "function_call": Called,
	"stop_sequence": Natural, "end_turn": Natural, "endturn": Natural, "tool_use": Called, // Anthropic
	"eos": Natural, "eos_token": Natural, "stop_token": Natural, // text-generation-inference and others
	"complete": Natural, "completed": Natural, "done": Natural, "end": Natural, "finish": Natural,
	"tool_call": Called, "function_calls": Called,

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
	case "stop":
		return Natural
	case "tool_calls":
		return Called
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

// Behind is [Of] for an answer that came through a gateway, which may call a stop what
// its upstream, in its native words, calls a limit or a filter.
func Behind(reason, native string) End {
	end := Of(reason)
	if end != Natural || native == "" {
		return end
	}
	if behind := Of(native); behind == Length || behind == Filtered {
		return behind
	}
	return end
}

// longest is the length of the longest finish reason that is shown.
const longest = 60

// IsWord reports a finish reason that is a word or a few, and so may stand in an error:
// servers may write anything.
func IsWord(reason string) bool {
	if reason == "" || len(reason) > longest {
		return false
	}
	for i := range len(reason) {
		c := reason[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == ':' || c == ' ') {
			return false
		}
	}
	return true
}
