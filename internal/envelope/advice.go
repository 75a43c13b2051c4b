package envelope

import "strings"

// Advice returns a short hint at what usually helps, to stand behind the provider's own sentence; "" if there is none.
func (r *Refusal) Advice() string {
	switch {
	case r.reserved:
		return "a smaller max_tokens may fit the balance"
	case r.Kind == KindNotFound && r.Code != "model_not_found" && wrongPath(r.Message):
		return "does the base URL end in /v1?"
	}
	return ""
}

// wrongPath tells a missing path from a missing model. A page or an empty body under 404 is nobody's word on a model.
func wrongPath(said string) bool {
	s := strings.ToLower(said)
	return s == "" || s == "not found" || strings.HasPrefix(s, "404") || has(s, []string{
		"page not found", "no route matched", "invalid url", "unexpected endpoint", "unknown endpoint", "cannot post", "could not find route",
		"route not found", "unrecognized request url", "resource not found", "path not found", "no such route",
	})
}

// reserved tells a balance that is too small for what max_tokens reserves before the call from one that is empty.
func (e *evidence) reserved(said string) bool {
	return maySpeakOfReserve(said) && has(strings.ToLower(said), reserves) ||
		strings.Contains(string(e.r.Metadata), "weight_exceeds_budget")
}

var reserves = []string{"fewer max_tokens", "can only afford", "lower max_tokens", "reduce max_tokens", "weight exceeds"}

// maySpeakOfReserve rules out most sentences without a copy in lower case.
func maySpeakOfReserve(said string) bool {
	return strings.IndexByte(said, '_') >= 0 || hasFold(said, "afford", 'f') || hasFold(said, "weight exceeds", 'x')
}

// hasFold is strings.Contains without regard to the case of ASCII. word is in lower case; rare is a letter in it that few
// words have.
func hasFold(s, word string, rare byte) bool {
	before := strings.IndexByte(word, rare)
	for _, letter := range [...]byte{rare, rare &^ 0x20} {
		for at := before; at < len(s); at++ {
			i := strings.IndexByte(s[at:], letter)
			if i < 0 {
				break
			}
			at += i
			if begin := at - before; begin+len(word) <= len(s) && strings.EqualFold(s[begin:begin+len(word)], word) {
				return true
			}
		}
	}
	return false
}
