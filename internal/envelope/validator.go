package envelope

import "strings"

// This file reads what a validator lists: {"loc":["body","messages",0],"msg":"Field required","input":...}, in JSON or as
// Python prints it. A place is made of names out of a schema, which are data: a field that is called refusal refuses
// nothing.

// maxPlaces bounds how many places are taken out of a sentence. A list adds four at most.
const maxPlaces = 32

// found reads n as a problem that a validator found, and returns the level of what it says: its "missing" is no type of
// error. A place in the server's own answer is no mistake of the request.
func (e *evidence) found(t *tree, n *node, lv level) level {
	loc := t.located(n)
	if loc == nil {
		return lv
	}
	e.located = e.located || !t.ofAnswer(loc)
	return aside
}

// place puts a place before what is said of it, for the message, and remembers how to take it out again.
func (e *evidence) place(loc, said string) string {
	const trimmed = " .:,-" // by join
	placed := loc + ": " + said
	if len(e.places) < 2*maxPlaces {
		e.places = append(e.places, strings.TrimRight(placed, trimmed), strings.TrimRight(said, trimmed))
	}
	return placed
}

// withoutPlaces returns what is said without where it is said to be.
func (e *evidence) withoutPlaces(said string) string {
	for i := 0; i < len(e.places); i += 2 {
		said = strings.Replace(said, e.places[i], e.places[i+1], 1)
	}
	return withoutLists(said)
}

// withoutLists takes out the places of a list that could not be read, being cut or no object: "loc=('body', 'model')".
func withoutLists(s string) string {
	if !strings.Contains(s, "loc") {
		return s
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "loc")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("loc")
		s = after
		sign := strings.TrimLeft(s, `\"' `)
		if before != "" && isWord(before[len(before)-1]) || sign == "" || sign[0] != ':' && sign[0] != '=' {
			continue
		}
		list := strings.TrimLeft(sign[1:], " ")
		if list == "" || list[0] != '(' && list[0] != '[' {
			continue
		}
		closing := ")"
		if list[0] == '[' {
			closing = "]"
		}
		_, s, _ = strings.Cut(list, closing)
	}
}

// located returns the place that a validator names; nil where there is none.
func (t *tree) located(n *node) *node {
	if n.kind != object {
		return nil
	}
	for c := t.first(n); c != nil; c = t.after(c) {
		if t.keyOf(c) == locKey && c.kind == array {
			return c
		}
	}
	return nil
}

// ofAnswer tells a place in what the server wanted to answer from one in the request, as FastAPI does.
func (t *tree) ofAnswer(loc *node) bool {
	first := t.first(loc)
	return first != nil && t.str(first) == "response"
}

// location joins ["body","messages",0] to messages.0.
func location(t *tree, n *node) string {
	var parts []string
	for c := t.first(n); c != nil && len(parts) < 8; c = t.after(c) {
		if s := t.str(c); s != "" && !(len(parts) == 0 && s == "body") {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ".")
}
