package envelope

import "strings"

// This file takes the names of fields and the values in them out of the sentences of validators: "'insufficient_quota' is a
// required property", "moderation must be a string". What a field is called says nothing of why a request was refused.

// decisive are the groups that may settle a kind. A name that is in none of them need not be looked for.
const decisive = moderated | badKey | borrowed | broke | spent | maybeSpent | longContext | longPrompt | longInput | engineLimit | tooFast | perTime | perMinute |
	missingModel | full | bulky | crashed | wrongPlace | quotaNoun | rateNoun | yourLimit | credential | purse | holder | late | busy | noEntry | noPath | notAllowed | goneUpstream | denied

// withoutFields returns a sentence in which a validator speaks, in lower case, without the names and values that it has in
// quotes or beside its own words. values: it surely is a validator's, and what it quotes may be a value. Otherwise only
// names are taken out.
func withoutFields(s string, values bool) string {
	return withoutPlaced(withoutNamed(withoutQuoted(withoutLined(s), values)))
}

// withoutQuoted takes out what stands in quotes. A validator quotes names and values, and nothing of its own.
func withoutQuoted(s string, values bool) string {
	const longest = 128
	var b strings.Builder
	for i := 0; ; {
		at := strings.IndexAny(s[i:], "'\"`[«“")
		if at < 0 {
			b.WriteString(s[i:])
			return b.String()
		}
		at += i
		open, closing := s[at:at+1], s[at:at+1]
		switch {
		case s[at] == '[':
			closing = "]"
		case strings.HasPrefix(s[at:], "«"):
			open, closing = "«", "»"
		case strings.HasPrefix(s[at:], "“"):
			open, closing = "“", "”"
		case s[at] >= 0x80:
			b.WriteString(s[i : at+1])
			i = at + 1
			continue
		}
		from := at + len(open)
		n := strings.Index(s[from:min(len(s), from+longest)], closing)
		// An apostrophe inside a word opens nothing.
		if n < 0 || s[at] == '\'' && at > 0 && isWord(s[at-1]) || !phrases.in(s[from:from+n]).has(decisive) || !values && strings.Contains(s[from:from+n], " ") {
			b.WriteString(s[i:from])
			i = from
			continue
		}
		b.WriteString(s[i:from])
		b.WriteString(closing)
		i = from + n + len(closing)
	}
}

// leaders are the words of validators before a bare name.
var leaders = []string{
	"struct field ", "property ", "supplied: ", "unknown field ", "missing field ", "unrecognized field ", "unknown parameter: ", "unknown parameter ", "missing required parameter: ",
	"missing required parameter ", "missing required field ", "missing required field: ", "input_value=", "field validation for ", "invalid value for ", "invalid type for ", "field ", "field: ", "parameter: ", "поле ", "字段 ", "参数 ", "campo ", "das feld ", "le champ ", "option ", "value of ", "are unknown: ", " at ", "unknown fields: ",
}

// withoutNamed takes out the bare name that follows one of the leaders.
func withoutNamed(s string) string {
	for _, leader := range leaders {
		for from := 0; ; {
			at := strings.Index(s[from:], leader)
			if at < 0 {
				break
			}
			from += at + len(leader)
			for end := from; ; {
				n := nameLength(s[end:])
				if phrases.in(s[end : end+n]).has(decisive) {
					s = s[:end] + s[end+n:]
				} else {
					end += n
				}
				// A colon leads to several.
				if !strings.HasSuffix(leader, ": ") || !strings.HasPrefix(s[end:], ", ") {
					break
				}
				end += len(", ")
			}
		}
	}
	return s
}

// followers are the words of validators behind a bare name.
var followers = []string{
	" must be a ", " must be an ", " must be string", " must be number", " must be integer", " must be boolean", " must be array", " must be object", " must be one of", " must conform", " should not be empty", " should not exist", " should be a ", " should be an ", " is not of type", " is a required", " failed to satisfy", " failed on the",
	": field required", ": extra input", ": unknown variant", ": invalid type", ": value must", ": input should", ": expected", ": required", ": must be", ": none is not", ": value is not", ": this field", ": unexpected",
	" has already been taken", " is not a number", " is not a valid option", " requires a ", " should be object", " should be string", " should be number", " should be array", " should be boolean", " should be integer", " is not included in", " field", "\n  field required", "\n  input should", "\n  extra input", "\n  value error",
}

// phrased are those behind a name in words, which frameworks make of it: "Credit balance can't be blank".
var phrased = []string{" can't be blank", " can't be empty", " cannot be blank", " must be present", " field is required", " field must be", " field is prohibited", " must be positive", " must be between", " field has", " is too short (minimum", " is too long (maximum", " is not included in the list", " needs to be"}

// withoutPlaced takes out the bare name that one of the followers, or of the phrased, comes after.
func withoutPlaced(s string) string {
	cut := func(words string, begin func(before string) int) {
		for from := 0; ; {
			at := strings.Index(s[from:], words)
			if at < 0 {
				return
			}
			at += from
			name := begin(s[:at])
			if phrases.in(s[name:at]).has(decisive) {
				s = s[:name] + s[at:]
				at = name
			}
			from = at + len(words)
		}
	}
	for _, words := range followers {
		cut(words, func(before string) int {
			begins := len(before)
			for begins > 0 && isPlace(before[begins-1]) {
				begins--
			}
			return begins
		})
	}
	for _, words := range phrased {
		cut(words, func(before string) int {
			const longest = 64
			begins := max(0, len(before)-longest)
			return begins + strings.LastIndexAny(before[begins:], ".,;:\n(") + 1
		})
	}
	return s
}

// withoutLined takes out the line before an indented one with a type in brackets, where pydantic names the place.
func withoutLined(s string) string {
	if !strings.Contains(s, "[type=") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i := 1; i < len(lines); i++ {
		if strings.HasPrefix(lines[i], "  ") && strings.Contains(lines[i], "[type=") {
			lines[i-1] = ""
			if at := strings.Index(lines[i], "input_value="); at >= 0 {
				lines[i] = lines[i][:at]
			}
		}
	}
	return strings.Join(lines, "\n")
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && isPlace(s[n]) {
		n++
	}
	return n
}

// isPlace tells what a path to a field is made of.
func isPlace(c byte) bool {
	return isWord(c) || c >= 0x80 || c == '.' || c == '/' || c == '[' || c == ']'
}
