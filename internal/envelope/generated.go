package envelope

import "strings"

// What a model makes is named in many ways by those who could not read it. A server's response is not among the
// names: it may be the refusal itself.

// sign is what the words of a generator tell of where the model's begin.
type sign uint8

const (
	behind  sign = iota // at the end of the words
	quoted              // at the colon, quotation mark or bracket that comes next
	label               // at their end, if a sentence begins with them
	product             // at the colon and so on, if they are said not to have been read
)

// generators are the words by which a server repeats what the model wrote and the server could not read, in lower case:
// those of openai-harmony in vLLM, of llama.cpp and the JSON library in it, of Ollama, text-generation-inference, LM
// Studio, Groq, Gemini, LiteLLM, LangChain, LlamaIndex, the AI SDK, and what any other would say.
var generators = newGenerators(map[sign][]string{
	behind: {
		"unexpected tokens remaining in message header:", "unknown role:", "unknown recipient:", "unknown tool:", "failed to parse input at pos ", "invalid diff: ",
		"last read: '", "xml syntax error on line ", "failed to parse generated text:", "tool with name ", "could not parse output:", "invalid json output:",
		"failed_generation':", `failed_generation":`, "failed_generation:", "attempted to call tool ", "tried to call unavailable tool ", "model called tool ",
		" arguments:\n\n", "returned an invalid response=", "to be present, but got ", " from completion ", "type=json_invalid, input_value=",
	},
	quoted: {
		"generated invalid json", "produced invalid json", "output is not valid json", "did not match schema", "does not match the expected", "unparsed peg-",
	},
	label: {"model output:", "raw output:", "llm output:"},
	product: {
		"tool call", "tool input", "tool argument", "tool parameter", "function call", "function argument", "model output", "llm output", "output of the model",
		"arguments for tool", "arguments for function", "input for tool",
	},
})

// What is said of a product that was not read: somewhere before it, or next to it.
var (
	reading = [...]string{"parse", "parsing", "decod", "deserializ"}
	wrong   = [...]string{"malformed ", "invalid ", "unexpected "}
)

// ownWords returns what a text says before it repeats the model. The model may have written about a quota, a key or a
// limit, or an error's JSON: none of it says why the request failed. What follows the repetition is given up, as
// nobody can tell where it ends.
func ownWords(s string) string {
	const lowercase = 0x20
	three := uint16(0) // characters, as begin reads them
	for next := range len(s) {
		three = begin(three, s[next])
		if generators.begins[three>>6]>>(three&63)&1 == 0 || next < 2 {
			continue
		}
		i := next - 2
		for at := generators.heads[generatorHash(s[i]|lowercase, s[i+1]|lowercase, s[i+2]|lowercase)]; at != 0; {
			g := &generators.list[at-1]
			if end := i + len(g.words); end <= len(s) && foldsTo(s[i:end], g.words) {
				if cut, ok := g.sign.begins(s, i, end); ok {
					return s[:cut]
				}
			}
			at = g.next
		}
	}
	return s
}

// own is ownWords, which are asked for where a sentence is found and once more where it is judged.
func (e *evidence) own(s string) string {
	if e.heard[0] != s {
		e.heard = [...]string{s, ownWords(s)}
	}
	return e.heard[1]
}

// begins is where in s the model's words begin, after its generator's from start to end.
func (g sign) begins(s string, start, end int) (at int, ok bool) {
	switch g {
	case behind:
		return end, true
	case label:
		before := strings.TrimRight(s[:start], " ")
		return end, before == "" || strings.IndexByte(".:;,-\n", before[len(before)-1]) >= 0
	case product:
		const near = 48 // between "Failed to parse the arguments of the" and "function call"
		before := strings.ToLower(s[max(0, start-near):start])
		found := false
		for _, word := range reading {
			found = found || strings.Contains(before, word)
		}
		for _, word := range wrong {
			found = found || strings.HasSuffix(before, word)
		}
		if !found {
			return 0, false
		}
	}
	for i := end; i < len(s); i++ {
		switch s[i] {
		case ':', '`', '"', '{', '[', '<', '=', '\n':
			return i + 1, true
		case '\'':
			if s[i-1] == ' ' {
				return i + 1, true
			}
		}
	}
	return len(s), true
}

// generatorTable finds the words in one pass, as [matcher] does. Each refusal is looked through several times.
type generatorTable struct {
	begins [1 << 9]uint64 // a bit for what the first three characters may be, see begin
	heads  [1 << 10]uint8 // 1 + the index of the first with this hash; 0: none
	list   []generator
}

// begin goes on by a character: five bits of each of the last three, alike for both cases.
func begin(three uint16, c byte) uint16 { return (three<<5 | uint16(c&31)) & (1<<15 - 1) }

type generator struct {
	words string
	sign  sign
	next  uint8
}

func newGenerators(all map[sign][]string) (t generatorTable) {
	for sign := range product + 1 {
		for _, words := range all[sign] {
			three := begin(begin(begin(0, words[0]), words[1]), words[2])
			t.begins[three>>6] |= 1 << (three & 63)
			h := generatorHash(words[0], words[1], words[2])
			t.list = append(t.list, generator{words, sign, t.heads[h]})
			t.heads[h] = uint8(len(t.list))
		}
	}
	return t
}

func generatorHash(a, b, c byte) uint32 { return hash(a, b, c) >> 2 }

// foldsTo tells whether s in lower case is low. Both are of one length.
func foldsTo(s, low string) bool {
	for i := range len(s) {
		if c := s[i]; c != low[i] && !(capital(c) && c|' ' == low[i]) {
			return false
		}
	}
	return true
}
