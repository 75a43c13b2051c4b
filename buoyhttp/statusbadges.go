package buoyhttp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/buoy-go/buoy/status"
)

// badge is a thing to know, in words and in a colour: bad, warn or well.
type badge struct{ Words, Class string }

// badges are the troubles that need somebody's eye, the worst first.
func badges(s *status.Client) (out []badge) {
	add := func(n int, thing, what string, bad bool) {
		if n > 0 {
			out = append(out, badge{count(n, thing) + " " + what, class(bad)})
		}
	}
	add(len(s.Breakers)-number(s.Breakers, func(b status.Breaker) bool { return b.State == status.BreakerClosed }), "breaker", "not closed", true)
	add(number(s.Keys, func(k status.Key) bool { return !k.State.Usable() }), "key", "out", slices.ContainsFunc(s.Keys, func(k status.Key) bool { return !anyUsable(s, k.Endpoint) }))
	failing := func(e status.Endpoint) bool { return !e.KeySourceFailing.IsZero() }
	add(number(s.Endpoints, failing), "key source", "failing", slices.ContainsFunc(s.Endpoints, func(e status.Endpoint) bool { return failing(e) && !anyUsable(s, e.Name) }))
	add(number(s.Quotas, usedUp), "quota", "used up", slices.ContainsFunc(s.Quotas, func(q status.Quota) bool { return q.Refuses && usedUp(q) }))
	add(number(s.Keys, func(k status.Key) bool { return k.State == status.KeyLimited }), "key", "limited", false)
	if len(out) == 0 {
		return []badge{{"well", "well"}}
	}
	slices.SortStableFunc(out, func(a, b badge) int { return cmp.Compare(a.Class, b.Class) }) // bad is before warn
	return out
}

// headline is the badges in words.
func headline(all []badge) string {
	words := make([]string, len(all))
	for i, b := range all {
		words[i] = b.Words
	}
	return strings.Join(words, ", ")
}

func class(bad bool) string {
	if bad {
		return "bad"
	}
	return "warn"
}

func number[T any](all []T, such func(T) bool) (n int) {
	for _, x := range all {
		if such(x) {
			n++
		}
	}
	return n
}

func anyUsable(s *status.Client, endpoint string) bool {
	return slices.ContainsFunc(s.Keys, func(k status.Key) bool { return k.Endpoint == endpoint && k.State.Usable() })
}

func usedUp(q status.Quota) bool { return q.Share() >= 1 }

// worstFirst puts what needs an eye at the head of each table. The endpoints stay in the
// order in which they are asked.
func worstFirst(s *status.Client) {
	byRank(s.Breakers, func(b status.Breaker) float64 {
		switch b.State {
		case status.BreakerClosed:
			return 2
		case status.BreakerHalfOpen:
			return 1
		}
		return 0
	})
	byRank(s.Keys, func(k status.Key) float64 {
		switch k.State {
		case status.KeyReady:
			return 2
		case status.KeyLimited:
			return 1
		}
		return 0
	})
	byRank(s.Limits, func(l status.Limit) float64 { return -float64(l.Waiting) })
	byRank(s.Budgets, func(b status.Budget) float64 { return b.Left / max(b.Capacity, 1) })
	byRank(s.Quotas, func(q status.Quota) float64 { return -q.Share() })
}

func byRank[T any](all []T, rank func(T) float64) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(rank(a), rank(b)) })
}
