package envelope

import (
	"strings"
	"time"

	"github.com/buoy-go/buoy/internal/hint"
)

// shortWait is the longest wait that makes a used-up "quota" a rate: what renews within the hour was no month's money.
const shortWait = time.Hour

// kindFromText tells the kind by what a sentence says, in English, Russian and Chinese, and only where the status hides
// it: 0 everywhere else. Status 0 is that of a refusal inside a 200, which hides everything. firm says that the sentence
// can mean nothing else, so that it also outranks a code that only repeats the status.
//
// The phrases are those of real replies; a word that means two things, such as quota, is no phrase.
func kindFromText(status int, said string) (kind Kind, firm bool) {
	if said == "" {
		return 0, false
	}
	s := lower(said)
	m := phrases.in(s)
	if m.has(validates|fieldTalk) && m.has(decisive) {
		s = withoutFields(s, m.has(validates))
		m = phrases.in(s)
	}
	sure := m.has(badKey)
	if m.has(borrowed) {
		m |= badKey
	}
	hidden := func(statuses ...int) bool {
		if status == 0 {
			return true
		}
		for _, other := range statuses {
			if status == other {
				return true
			}
		}
		return false
	}
	// Tokens or requests by the minute are a rate, whatever the status.
	rate := m.has(perMinute) && m.has(counted) && !m.has(paramTalk)
	// A 429 that speaks of a limit is a rate, whoever has it.
	limits := status == 429 && (m.has(perTime|tooFast) || strings.Contains(s, "limit") || strings.Contains(s, "more requests"))
	switch {
	case status == 0 && m.has(emptied):
		return KindUpstream, false
	case hidden(400, 499, 500) && m.has(crashed) && !m.has(fieldTalk):
		return KindServer, false
	case (status == 0 || status == 500 || status == 503 || status >= 400 && status < 500 && status != 401) && !rate && tooLong(status, s, m):
		return KindContextLength, true
	case hidden(400, 403, 422, 424, 446, 451, 498) && m.has(moderated) && (!m.has(paramTalk) || has(s, verdicts)) && !expelled(s, m):
		return KindModeration, true
	case hidden(400, 403, 498) && (sure || ownKey(s, m) || m.has(credential) && m.has(flaw|refused) && !m.has(denied|broke|spent|wrongPlace|paramTalk|attached) && flawed(s)):
		return KindAuth, true
	case status == 429 && noneAtAll(s):
		return KindQuota, true
	case status == 429 && strings.HasPrefix(s, "insufficient quota") && throttles(s):
		return KindRateLimit, true // Scaleway
	case (m.has(broke) || m.has(scant) && m.has(purse) && !m.has(fieldTalk) && short(s)) && (status != 401 || !m.has(badKey|noEntry)):
		return KindQuota, true
	}
	if kind, firm := spentOrFast(status, s, m, rate); kind != 0 {
		return kind, firm
	}
	switch {
	case hidden(500, 502) && m.has(unable):
		return KindInvalidRequest, true
	case hidden(400, 422, 503) && (m.has(missingModel) || noSuchModel(s)), status == 500 && m.has(missingModel), status == 502 && strings.Contains(s, "unknown provider for model"),
		status == 401 && noSuchModel(s) && !m.has(badKey|noEntry):
		return KindNotFound, true
	case hidden(400, 403, 422, 500, 502, 503) && m.has(tooFast):
		return KindRateLimit, true
	case hidden(400) && m.has(wrongPlace), hidden(400, 403, 422, 429, 451) && ousted(s), hidden(400, 401, 422, 429) && m.has(denied) && !m.has(badKey|noEntry) && !limits,
		hidden(400, 422, 429) && m.has(holder) && m.has(shut) && !m.has(paramTalk|perTime|tooFast) && !limits && !(status == 429 && m.has(counted)) && shutOut(s):
		return KindPermission, status == 401
	case hidden(400, 422, 429, 500, 502) && m.has(bulky):
		return KindTooLarge, false
	case hidden(400, 403, 422, 424, 498, 500) && m.has(full) && !m.has(paramTalk|wrongPlace):
		return KindOverloaded, false
	case (status == 500 || status == 502) && m.has(late) && !m.has(paramTalk) && !connecting(s):
		return KindTimeout, true
	case status == 0:
		return unhidden(s, m), false
	}
	return 0, false
}

// connecting tells that a gateway waited for a connection to its upstream: nothing was sent, so nothing is billed.
func connecting(s string) bool {
	for _, words := range [...]string{"dial tcp", "connect timeout", "connection timeout", "connection timed out", "connecttimeout", "connect error", "to connect", "dialing", "handshake"} {
		if strings.Contains(s, words) {
			return true
		}
	}
	return false
}

// spentOrFast tells an allowance that is used up from a rate.
func spentOrFast(status int, s string, m mentions, rate bool) (kind Kind, firm bool) {
	money := false
	switch status {
	case 0, 400, 402, 403, 412, 429, 503:
		money = true
	}
	// A 401 about a quota that is used up is no bad key.
	dry := status == 401 && !m.has(badKey)
	// Of a quota or of requests only a 403 and a 500 are in doubt: a 400 speaks of the parameter of that name.
	doubt := m.has(usedUp) && !m.has(paramTalk) && (status == 0 || status == 403 || status == 500 || dry)
	switch {
	case (money || dry) && m.has(spent) && !rate && !(m.has(wrongPlace) && status != 429):
		return KindQuota, true
	case rate && status != 401 && status != 402 && status != 404 && status != 429:
		return KindRateLimit, true
	case m.has(yourLimit) && strings.Contains(s, "limit") && (m.has(longPeriod) || m.has(counted) && strings.Contains(s, "your") || !has(s, machinery)) && (status == 0 || status == 403 || status == 500):
		if rate || m.has(tooFast|rateNoun|perTime) || m.has(counted) && !m.has(longPeriod) {
			return KindRateLimit, false
		}
		return KindQuota, true
	case money && m.has(maybeSpent) && !renewsSoon(status, s, m):
		return KindQuota, false
	case doubt && m.has(rateNoun) && !dry:
		return KindRateLimit, true
	case m.has(quotaNoun) && (doubt && status != 500 || status == 429 && m.has(usedUp) && m.has(longPeriod)) && !renewsSoon(status, s, m):
		return KindQuota, status == 403 || dry
	}
	return 0, false
}

// short tells whether a sentence says that there is too little of money: "Insufficient USD or Diem balance", "Votre solde est
// insuffisant". Between the two stand a few words, and no end of a sentence.
func short(s string) bool {
	return together(s, 40, func(first mentions, rest string) bool {
		if !first.has(scant | purse) {
			return false
		}
		if m := phrases.in(rest) | first; !m.has(scant) || !m.has(purse) {
			return false
		}
		// What else there is too little of stands between the two, or right behind the second.
		if first.has(scant) {
			purses := 1
			for purses < len(rest) && !phrases.starting(rest, purses).has(purse) {
				purses++
			}
			return !has(rest[:purses], elsewhere) && !strings.Contains(rest, "balancer")
		}
		for _, word := range [...]string{" for ", " because ", " right now"} {
			rest, _, _ = strings.Cut(rest, word)
		}
		return !has(rest, elsewhere)
	})
}

// flawed tells whether a sentence says that something is wrong with a credential: "Bad or missing Apikey/JWT". Between the
// two stand a few words, none of which makes the one a part of something else.
func flawed(s string) bool {
	return together(s, 64, func(first mentions, rest string) bool {
		return first.has(flaw) && phrases.in(rest).has(credential) && !has(rest, between) || first.has(credential) && phrases.in(rest).has(refused)
	})
}

// together tells whether what a phrase begins, to the end of its clause or the reach in bytes, tells something.
func together(s string, reach int, tells func(first mentions, rest string) bool) bool {
	for i := range s {
		if first := phrases.starting(s, i); first != 0 && tells(first, clause(s[i:min(len(s), i+reach)])) {
			return true
		}
	}
	return false
}

// ownKey tells the caller's key from the credentials of what the request has in it, where a sentence could mean either.
// What a later sentence says, or a later part of it, is advice.
func ownKey(s string, m mentions) bool {
	for i := range s {
		if !(m.has(borrowed) && phrases.starting(s, i).has(borrowed)) && !invalidToken(s[i:]) {
			continue
		}
		end := len(s)
		if n := strings.IndexAny(s[i:], ".,;!\n"); n >= 0 {
			end = i + n
		}
		return !phrases.in(s[:end]).has(attached)
	}
	return false
}

// invalidToken tells a key that is called a token from the tokens of a text.
func invalidToken(s string) bool {
	after, found := strings.CutPrefix(s, "invalid token")
	if !found || begins(after, []string{" id ", " ids", " type", " count", " limit", " index", " sequence", "iz", "s"}) || strings.Contains(strings.ReplaceAll(after, "json web", ""), "json") {
		return false
	}
	place, at := strings.CutPrefix(after, " at ")
	return !at || place != "" && !(place[0] >= '0' && place[0] <= '9') && !begins(place, []string{"position", "line", "col", "index", "offset", "char", "byte", "end", "root"})
}

// clause ends where a sentence, a part of one, or a quoted name does.
func clause(s string) string {
	if end := strings.IndexAny(s, ".,;:\n()'\"`"); end >= 0 {
		return s[:end]
	}
	return s
}

// verdicts are what is said of a text that was withheld, and of no parameter.
var verdicts = []string{"flagged by", "was flagged", "were flagged", "violates our", "violated our", "violates the content", "violates the usage", "policy violation", "blocked by", "as a result of our", "triggered our"}

// between are the words that lead from what is wrong to where.
var between = []string{" for ", " with ", " by ", " to ", " in ", " of ", " from ", " at "}

// machinery are what a server has limits of.
var machinery = []string{"memory", "pool", "queue", "worker", "process", "file", "thread", "recursion", "disk", "connection", "container", "depth", "destination"}

// elsewhere are what else there may be too little of.
var elsewhere = []string{"permission", "privilege", "scope", "memory", "resource", "capacity", "access", " right", "bucket", "burst", "of range", "of bounds", "of order", "between", "balancer", "balanced", "load balanc", "data", "information"}

// unhidden reads a sentence that has no status at all beside it.
func unhidden(s string, m mentions) Kind {
	switch {
	case m.has(unable):
		return KindInvalidRequest
	case m.has(noPath):
		return KindNotFound
	case m.has(noEntry) && !m.has(paramTalk|fieldTalk):
		return KindAuth
	case m.has(busy):
		return KindOverloaded
	case m.has(late):
		return KindTimeout
	case m.has(notAllowed) && (m.has(fieldTalk|paramTalk) || m.has(validates) && !strings.Contains(s, "model")):
		return KindInvalidRequest
	case m.has(notAllowed):
		return KindPermission
	case m.has(goneUpstream):
		return KindUpstream
	case m.has(badAsk):
		return KindInvalidRequest
	}
	return 0
}

// tooLong looks for a prompt, or a prompt and its answer, that does not fit.
func tooLong(status int, s string, m mentions) bool {
	if m.has(longContext) || m.has(engineLimit) && m.has(counted) && !m.has(paramTalk) || m.has(longPrompt) && m.has(beyond) && !aboutOutput(s) {
		// A rate is counted in tokens too: "Limit 6000, Used 5914 ... tokens per minute".
		return status != 429 || !m.has(perTime)
	}
	if status == 429 || status == 402 {
		return false
	}
	return m.has(longInput) && !m.has(perTime) && !strings.Contains(s, "strictly positive") || m.has(negative) && strings.Contains(s, "max_tokens")
}

func aboutOutput(s string) bool {
	return strings.Contains(s, "output token") && !strings.Contains(s, "input") && !strings.Contains(s, "prompt")
}

// renewsSoon tells a rate that is called a quota from an allowance: it counts per minute, or the reply says how long to
// wait and that is not long. A 400 or 403 is no rate.
func renewsSoon(status int, s string, m mentions) bool {
	if m.has(rateNoun) && m.has(usedUp) && !m.has(longPeriod) {
		return true
	}
	if status != 429 && status != 503 && status != 0 {
		return false
	}
	if m.has(perMinute | tooFast) {
		return true
	}
	wait, ok := hint.FromText(s, time.Time{})
	return ok && wait <= shortWait
}

// noSuchModel looks for a sentence about a model that is not there, and leaves one about a parameter that the model does
// not know.
func noSuchModel(s string) bool {
	for _, noun := range [...]string{"model", "модель", "模型", "modelo", "modello", "modell", "modèle"} {
		for rest := s; ; {
			before, after, found := strings.Cut(rest, noun)
			if !found {
				break
			}
			// "This model is not supported" is about something that the model cannot do.
			named := !strings.HasSuffix(before, "this ")
			rest = after
			if named && begins(strings.TrimLeft(rest, " "), absent) || begins(afterName(rest), absent) || unsupported(rest) {
				return true
			}
		}
	}
	return false
}

// unsupported is all that iFlow says: "Model not support".
func unsupported(rest string) bool {
	line, _, _ := strings.Cut(rest, "\n")
	line = strings.Trim(line, " .!")
	return line == "not support" || line == "not supported" || line == "unsupported"
}

// afterName passes over the name behind the word model, in whatever quotes: "the model `x` does not exist".
func afterName(s string) string {
	s = strings.TrimLeft(s, " :'\"`«“(")
	end := strings.IndexAny(s, " '\"`»”)")
	if end <= 0 || end > 120 {
		return ""
	}
	return strings.TrimLeft(s[end:], " '\"`»”)")
}

func begins(s string, words []string) bool {
	for _, w := range words {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	return false
}

// unbalance makes one of the two ways to write a Russian word, and takes the load balancer out.
var unbalance = strings.NewReplacer("ё", "е", "балансир", "")

var unasked = strings.NewReplacer("request id", "id", "there must be a", "there is no", "you must be a", "you are no",
	"no credits were ", "nothing was ", "no credits will be ", "nothing will be ", "no credits have been charged", "", "no credits have been deducted", "", "no credits have been used", "", "no credits have been consumed", "")

// lower prepares a text for the matcher: a load balancer is no balance, and a link no word about billing.
func lower(said string) string {
	s := withoutLinks(strings.ToLower(said[:min(len(said), maxMessage)]))
	if strings.Contains(s, "ё") || strings.Contains(s, "балансир") {
		s = unbalance.Replace(s)
	}
	// The id of a request counts no requests, whoever has to be or to have something is no field, and credits that were not
	// used are not used up.
	if strings.Contains(s, "request id") || strings.Contains(s, "must be a") || strings.Contains(s, "no credits ") {
		s = unasked.Replace(s)
	}
	return s
}

// withoutLinks takes out addresses: .../settings/billing stands in messages about rates.
func withoutLinks(s string) string {
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			return s
		}
		start := strings.LastIndexFunc(s[:i], func(r rune) bool { return r < 'a' || r > 'z' }) + 1
		end := strings.IndexAny(s[i:], " \t\n\"'<>)，。")
		if end < 0 {
			return s[:start]
		}
		s = s[:start] + s[i+end:]
	}
}

func has(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
