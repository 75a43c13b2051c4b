package jscan

// ObjectEnd is where the object with which a text begins ends, 0 for none. It looks at
// quotes and brackets only: what it finds need not be valid.
func ObjectEnd[T string | []byte](text T) int {
	if len(text) == 0 || text[0] != '{' {
		return 0
	}
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
