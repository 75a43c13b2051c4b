package envelope

import "strings"

// keyPrefixes are those of the keys that providers hand out, and echo when one is wrong.
var keyPrefixes = [...]string{
	"sk-", "sk_", "gsk_", "AIza", "AQ.", "xai-", "nvapi-", "pplx-", "r8_", "csk-", "tgp_", "ghp_", "gho_", "ghs_", "ghu_", "ghr_",
	"github_pat_", "glpat-", "sess-", "shds-", "eyJ", "AKIA", "ABSK", "bce-v3/", "jina_", "ya29.", "AQVN", "pza_", "vck_", "rpa_",
	"hf_", "fw_", "key-", "rk-", "pk-", "pa-", "ak-", "dapi", "t1.", "y0_",
}

// wordlike prefixes begin names too: key-errors-2024, hf_Qwen2.5-7B. What follows them in a key has no signs for long.
func wordlike(prefix string) bool {
	switch prefix {
	case "hf_", "fw_", "key-", "rk-", "pk-", "pa-", "ak-", "dapi", "t1.", "y0_":
		return true
	}
	return false
}

// prefixesBy has the keyPrefixes by their first byte.
var prefixesBy = func() (by [256][]string) {
	for _, p := range keyPrefixes {
		by[p[0]] = append(by[p[0]], p)
	}
	return by
}()

// secondsBy has a bit for the second bytes of those: that rules out what the first one does not, such as "req_".
var secondsBy = func() (by [256]uint64) {
	for _, p := range keyPrefixes {
		by[p[0]] |= 1 << (p[1] & 63)
	}
	return by
}()

// keyIn returns what of a word stays before a key that has a known prefix: the prefix, and where a sign or the word for a
// key stands before it, as in a path, that too. It is 0 where there is none. Behind another letter or a hyphen it is a part
// of a word: "risk-12345678".
func keyIn(word string) int {
	if !secretLike(word, shortestKey) {
		return 0
	}
	return keyBegin(word)
}

// keyBegin is keyIn for a word with a digit, a star or both cases in it.
func keyBegin(word string) int {
	for at := 0; at+shortestKey <= len(word); at++ {
		// The id of each reply is looked through here.
		if at > 0 && !mayLead[word[at-1]] || secondsBy[word[at]]>>(word[at+1]&63)&1 == 0 {
			continue
		}
		prefix := keyPrefix(word[at:])
		if prefix == "" || at > 0 && strings.IndexByte(leads, word[at-1]) < 0 && !gluedTo(word[:at]) {
			continue
		}
		const enough = 128 // to tell a key, however long the word
		begins := at + len(prefix)
		rest := word[begins:min(len(word), begins+enough)]
		if secretLike(rest, shortestSecret) && !(wordlike(prefix) && !hasRun(rest, shortestRun)) {
			return begins
		}
	}
	return 0
}

// leads are the signs that a key may stand behind within a word.
const leads = "./+=~_"

// mayLead has the leads, and the last letters of the words of gluedTo.
var mayLead = func() (t [256]bool) {
	for _, c := range leads + "rRyYnNtT" {
		t[c] = true
	}
	return t
}()

// gluedTo tells what a key is glued to by mistake: "Bearersk-...".
func gluedTo(before string) bool {
	for _, word := range [...]string{"bearer", "key", "token", "secret"} {
		if len(before) >= len(word) && strings.EqualFold(before[len(before)-len(word):], word) {
			return true
		}
	}
	return false
}

func keyPrefix(word string) string {
	if len(word) < shortestKey {
		return ""
	}
	for _, p := range prefixesBy[word[0]] {
		if len(word) > len(p) && strings.HasPrefix(word, p) {
			return p
		}
	}
	return ""
}
