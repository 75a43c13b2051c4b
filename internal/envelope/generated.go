package envelope

import "strings"

// generators are the words behind which a server repeats what the model wrote and the server could not read: those of
// openai-harmony in vLLM, of llama.cpp and the JSON library in it, of Ollama, text-generation-inference and LangChain.
var generators = [...]string{
	"unexpected tokens remaining in message header:", "Failed to parse input at pos ", "Invalid diff: ", "last read: ", "error parsing tool call: raw=",
	"Failed to parse generated text:", "Could not parse LLM output:", "Could not parse tool input:", "Invalid json output:",
}

// ownWords returns what a text says before it repeats the model. The model may have written about a quota, a key or a
// limit, or an error's JSON: none of it says why the request failed. What follows the repetition is given up, as
// nobody can tell where it ends.
func ownWords(s string) string {
	for _, words := range generators {
		if i := strings.Index(s, words); i >= 0 {
			s = s[:i+len(words)]
		}
	}
	return s
}
