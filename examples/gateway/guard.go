package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/buoy-go/buoy/buoyhttp"
)

// guard lets in who may use the gateway's keys. It is made once and safe for
// concurrent use.
type guard struct {
	tokens [][sha256.Size]byte
}

func newGuard(tokens []string) *guard {
	g := &guard{}
	for _, token := range tokens {
		g.tokens = append(g.tokens, sha256.Sum256([]byte(token)))
	}
	return g
}

// local refuses what a page in a browser on this machine could send. Without
// client tokens anything that reaches the port is served, so a request has to
// name the loopback address: a domain that an attacker points there
// (DNS rebinding) is refused by its name, and a form of a foreign page by its
// origin.
func (g *guard) local(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		buoyhttp.Refuse(w, http.StatusForbidden, "cross_origin", "requests of other sites' pages are not served")
	}))
	next = origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(g.tokens) == 0 && !isLoopback(r.Host) {
			buoyhttp.Refuse(w, http.StatusForbidden, "foreign_host", "without client tokens the gateway is served under a loopback address only")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// known refuses who has no token, where there are any.
func (g *guard) known(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.knows(r) {
			w.Header().Set("WWW-Authenticate", "Bearer")
			buoyhttp.Refuse(w, http.StatusUnauthorized, "invalid_api_key", "the gateway does not know this token")
			return
		}
		defer keepPlace(r, len(g.tokens) > 0)()
		if len(g.tokens) > 0 {
			r = noteToken(r)
		}
		next.ServeHTTP(w, r)
	})
}

// knows reports whether a request has one of the tokens, where there are any.
func (g *guard) knows(r *http.Request) bool {
	return len(g.tokens) == 0 || g.has(r.Header.Get("Authorization"))
}

// has compares digests, all of them, so that the time it takes tells nothing.
func (g *guard) has(authorization string) bool {
	scheme, token, _ := strings.Cut(authorization, " ")
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := 0
	for i := range g.tokens {
		found |= subtle.ConstantTimeCompare(sum[:], g.tokens[i][:])
	}
	return found == 1 && strings.EqualFold(scheme, "Bearer")
}

// isLoopback reports whether an address or the value of a Host header, with or
// without a port, is this machine's own.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
