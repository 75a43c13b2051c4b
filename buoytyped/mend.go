package buoytyped

import (
	"bytes"
	"encoding/json"
	"strings"
)

// mend finds the one JSON value that a model's arguments can mean, and reports false
// where they may mean several. It never completes what is cut off: half a city is no
// city, and behind a missing brace there may have been another argument.
//
// What it takes, each seen from a model: no text at all, a Markdown fence, line breaks
// in a string, a comma before a closing bracket, \' in a string, True, False and None,
// the value twice, and closing brackets behind it.
func mend(text string) ([]byte, bool) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff"))
	if text == "" {
		return []byte("{}"), true
	}
	if json.Valid([]byte(text)) {
		return []byte(text), true
	}
	if value, reason := extract(text); reason == "" {
		return value, true
	}
	m := mender{in: text}
	if !m.value() || !json.Valid(m.out.Bytes()) {
		return nil, false
	}
	value, rest := m.out.Bytes(), strings.TrimSpace(m.in)
	if strings.Trim(rest, "]} \t\r\n") == "" {
		return value, true
	}
	again := mender{in: rest} // some servers send a stream's arguments twice
	if !again.value() || !bytes.Equal(again.out.Bytes(), value) || strings.Trim(again.in, "]} \t\r\n") != "" {
		return nil, false
	}
	return value, true
}

// mender copies a value from in to out, and leaves the rest in in.
type mender struct {
	in  string
	out bytes.Buffer
}

// value copies an object or a list up to its last bracket. It reports false where the
// text ends before.
func (m *mender) value() bool {
	if m.in == "" || m.in[0] != '{' && m.in[0] != '[' {
		return false
	}
	for depth := 0; m.in != ""; {
		switch c := m.in[0]; c {
		case '{', '[':
			depth++
		case '}', ']':
			m.dropComma()
			if depth--; depth == 0 {
				m.out.WriteByte(c)
				m.in = m.in[1:]
				return true
			}
		case '"':
			if !m.text() {
				return false
			}
			continue
		case 'T', 'F', 'N':
			if m.word("True", "true") || m.word("False", "false") || m.word("None", "null") {
				continue
			}
		}
		m.out.WriteByte(m.in[0])
		m.in = m.in[1:]
	}
	return false
}

// dropComma takes back a comma that has nothing behind it.
func (m *mender) dropComma() {
	if kept, ok := bytes.CutSuffix(bytes.TrimRight(m.out.Bytes(), " \t\r\n"), []byte{','}); ok {
		m.out.Truncate(len(kept))
	}
}

func (m *mender) word(from, to string) bool {
	rest, ok := strings.CutPrefix(m.in, from)
	if ok {
		m.in = rest
		m.out.WriteString(to)
	}
	return ok
}

// text copies a string, and escapes the control characters in it, which JSON forbids
// there: they can mean nothing but themselves.
func (m *mender) text() bool {
	m.out.WriteByte('"')
	for i := 1; i < len(m.in); i++ {
		switch c := m.in[i]; {
		case c == '"':
			m.out.WriteByte(c)
			m.in = m.in[i+1:]
			return true
		case c == '\\' && i+1 < len(m.in) && m.in[i+1] == '\'':
			m.out.WriteByte('\'')
			i++
		case c == '\\' && i+1 < len(m.in):
			m.out.WriteString(m.in[i : i+2])
			i++
		case c < ' ':
			escaped, _ := json.Marshal(string(rune(c)))
			m.out.Write(escaped[1 : len(escaped)-1])
		default:
			m.out.WriteByte(c)
		}
	}
	return false
}
