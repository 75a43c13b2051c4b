// Package finish is the one table of the words with which providers say how an
// answer ended.
package finish

import (
	"bytes"
	"strings"
)

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

// ends has the words in lower case, without what separates their parts: each server joins
// them in its own way, as in tool_calls, tool-calls and toolCalls.
var ends = map[string]End{
	"": None,
	// Serializers write a missing value as a word, or as the first of an enumeration.
	"null": None, "none": None, "undefined": None, "nil": None, "unspecified": None, "notfinished": None, "inprogress": None,

	"stop": Natural, "toolcalls": Called, "functioncall": Called,
	"stopsequence": Natural, "endturn": Natural, "tooluse": Called, // Anthropic
	"eos": Natural, "eostoken": Natural, "stoptoken": Natural, // text-generation-inference and others
	"complete": Natural, "completed": Natural, "done": Natural, "end": Natural, "finish": Natural,
	"finished": Natural, "stopped": Natural, "normal": Natural, // Qianfan
	"endoftext": Natural, "endofturn": Natural, "final": Natural,
	"toolcall": Called, "functioncalls": Called, "tool": Called, "tools": Called, "requiresaction": Called,

	"length": Length, "maxtokens": Length, "maxoutputtokens": Length, "maxcompletiontokens": Length,
	"maxlength": Length, "maxlen": Length, "modellength": Length, "maxnewtokens": Length, "maximumtokens": Length, "tokenlimit": Length,
	"maxcontext": Length, "truncated": Length, "truncatedfinal": Length,
	"modelcontextwindowexceeded": Length, "contextlengthexceeded": Length, "contextwindowexceeded": Length,

	"contentfilter": Filtered, "contentfiltered": Filtered, "moderation": Filtered, "filtered": Filtered,
	"blacklist": Filtered,                                                                         // GigaChat
	"sensitive": Filtered,                                                                         // Z.ai
	"safety":    Filtered, "imagesafety": Filtered, "recitation": Filtered, "blocklist": Filtered, // Gemini
	"prohibitedcontent": Filtered, "imageprohibitedcontent": Filtered, "imagerecitation": Filtered, "spii": Filtered,
	"contentpolicyviolation": Filtered,
	"refusal":                Filtered, // Anthropic
	"guardrailintervened":    Filtered, // Bedrock

	"insufficientsystemresource": Failed,                    // DeepSeek
	"abort":                      Failed, "aborted": Failed, // vLLM, SGLang
	"cancel": Failed, "canceled": Failed, "cancelled": Failed,
	"fail": Failed, "failed": Failed, "failure": Failed, "timeout": Failed, "timedout": Failed, "interrupted": Failed,
}

// kinds are the names of enumerations, as some servers write them before the word:
// FinishReason.STOP, FINISH_REASON_STOP, ALTERNATIVE_STATUS_FINAL.
var kinds = [...]string{"finishreason", "stopreason", "reason", "alternativestatus"}

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
	var buf [longest]byte
	word := buf[:0]
	for i := range len(reason) {
		c := reason[i] | 0x20
		if reason[i] == ':' || len(word) == cap(word) {
			break
		}
		if 'a' <= c && c <= 'z' {
			word = append(word, c)
		}
	}
	for _, kind := range kinds {
		if len(word) > len(kind) && string(word[:len(kind)]) == kind {
			word = word[len(kind):]
			break
		}
	}
	if end, ok := ends[string(word)]; ok && (len(word) > 0 || strings.TrimSpace(reason) == "") {
		return end
	}
	if bytes.HasPrefix(word, broken) || bytes.HasSuffix(word, broken) {
		return Failed
	}
	return Unknown
}

// broken begins or ends the words for something that broke: network_error is Z.ai's.
var broken = []byte("error")

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
