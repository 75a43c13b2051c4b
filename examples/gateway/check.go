package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/buoy-go/buoy"
)

// This file says what the configuration may be. What buoy itself refuses is left
// to it; here stands what would be taken for a default, or have no effect.

// findings is everything that is wrong, so that it is told at once.
type findings []error

// add notes what is wrong with a setting; a nil error is nothing.
func (f *findings) add(name string, err error) {
	if err != nil {
		*f = append(*f, fmt.Errorf("config: %s %w", name, err))
	}
}

func (f *findings) addf(format string, args ...any) {
	*f = append(*f, fmt.Errorf("config: "+format, args...))
}

// check refuses odd settings, in an error that names the fix of each.
func (c *config) check() error {
	var f findings
	f.add("listen", checkListen(c.listen()))
	f.add("client_tokens", noRepeats(c.ClientTokens))
	f.add("max_body", c.MaxBody.check(64, 1<<30, "it is in bytes, leave it out for 32 MiB"))
	f.add("drain", c.Drain.check(negativeIsWrong))
	c.checkTimeouts(&f)
	f.add("retry.max_attempts", c.Retry.MaxAttempts.check(1, 1000, "1 never retries, leave it out for the default"))
	f.add("retry.base_delay", c.Retry.BaseDelay.check(negativeIsWrong))
	f.add("retry.max_delay", c.Retry.MaxDelay.check(negativeIsWrong))
	f.add("retry.max_server_delay", c.Retry.MaxServerDelay.check(negativeIsWrong))
	c.Breaker.check(&f)
	c.Limit.check(&f, "limit")
	c.Cache.check(&f)
	for i, e := range c.Endpoints {
		e.check(&f)
		if isItself(c.listen(), e.BaseURL) {
			f.addf("endpoint %q is the gateway itself, which would ask itself without end: set base_url to the provider's, or listen on another port", e.Name)
		}
		for _, o := range c.Endpoints[:i] {
			if e.repeats(&o) {
				f.addf("endpoints %q and %q are the same, so one would be the fallback of the other: take one out", o.Name, e.Name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Fallbacks)) {
		checkFallbacks(&f, name, c.Fallbacks[name])
	}
	if c.Recovery == recovery(buoy.RecoverContinue) && !c.prefills() {
		f.addf(`recovery is "continue", and no endpoint and no fallback has "prefill": set it where the models continue an assistant's message, or take "restart", which it would be`)
	}
	return errors.Join(f...)
}

// prefills reports whether anything can continue an answer.
func (c *config) prefills() bool {
	for _, to := range c.Fallbacks {
		if slices.ContainsFunc(to, func(f fallback) bool { return f.Prefill }) {
			return true
		}
	}
	return slices.ContainsFunc(c.Endpoints, func(e endpointConfig) bool { return e.Prefill })
}

// isItself reports whether a URL leads to where the gateway listens.
func isItself(listen, base string) bool {
	u, err := url.Parse(base)
	host, port, wrong := net.SplitHostPort(listen)
	if err != nil || wrong != nil || port == "0" || cmp.Or(u.Port(), defaultPorts[u.Scheme]) != port {
		return false
	}
	here := func(host string) bool { return isLoopback(host) || host == "" || host == "0.0.0.0" || host == "::" }
	return strings.EqualFold(u.Hostname(), host) || here(u.Hostname()) && here(host)
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

func checkListen(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("is %q: write host:port, such as 127.0.0.1:8080", address)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("has the port %q: it must be a number up to 65535", port)
	}
	if strings.ContainsAny(host, "/ @") {
		return fmt.Errorf("is %q: write host:port without a scheme, such as 127.0.0.1:8080", address)
	}
	return nil
}

// noRepeats refuses a name that is listed twice. It does not repeat it, since it
// may be a key.
func noRepeats(names []string) error {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return fmt.Errorf("has entry %d twice: keep one of them", i+1)
		}
	}
	return nil
}

func (c *config) checkTimeouts(f *findings) {
	t := &c.Timeouts
	all := []struct {
		name string
		d    duration
	}{{"connect", t.Connect}, {"idle", t.Idle}, {"first_token", t.FirstToken}, {"attempt", t.Attempt}, {"call", t.Call}}
	for i, short := range all {
		f.add("timeouts."+short.name, short.d.check(negativeIsNone))
		for _, long := range all[i+1:] {
			if short.name == "idle" && long.name != "call" {
				continue // an attempt's clock stops when a stream begins
			}
			if long.d.value > 0 && short.d.value > long.d.value {
				f.addf("timeouts.%s (%v) is longer than timeouts.%s (%v) and would never end anything: lower it, or raise the other",
					short.name, short.d.value, long.name, long.d.value)
			}
		}
	}
}

func (b breakerConfig) check(f *findings) {
	const fix = "leave it out for the default, or set breaker.disabled"
	f.add("breaker.min_requests", b.MinRequests.check(1, 1e9, fix))
	f.add("breaker.consecutive", b.Consecutive.check(1, 1e9, fix))
	f.add("breaker.probes", b.Probes.check(1, 1e9, fix))
	f.add("breaker.open_for", b.OpenFor.check(negativeIsWrong))
	f.add("breaker.max_open_for", b.MaxOpenFor.check(negativeIsWrong))
	if b.FailureRatio != nil && (*b.FailureRatio <= 0 || *b.FailureRatio > 1) {
		f.addf("breaker.failure_ratio is %v: it must be above 0 and at most 1; %s", *b.FailureRatio, fix)
	}
	if b.Disabled && b != (breakerConfig{Disabled: true}) {
		f.addf("breaker.disabled stands beside other settings of the breaker, which would have no effect: keep one of them")
	}
}

func (l limitConfig) check(f *findings, name string) {
	const fix = "leave it out for no limit"
	f.add(name+".requests_per_minute", l.RequestsPerMinute.check(1, 1<<31-1, fix))
	f.add(name+".tokens_per_minute", l.TokensPerMinute.check(1, 1<<31-1, fix))
	f.add(name+".concurrent", l.Concurrent.check(1, 1<<31-1, fix))
}

// checkModel refuses a name that no request could ask for.
func checkModel(name string) error {
	if strings.Contains(name, "*") {
		return fmt.Errorf("%q is a pattern, and there are none: leave \"models\" out to take every name", name)
	}
	return plainText(name, maxModelName)
}

func checkFallbacks(f *findings, from string, to []fallback) {
	where := fmt.Sprintf("fallbacks of %q:", from)
	if from != "*" {
		f.add("fallbacks: the name", checkModel(from))
	}
	for i, target := range to {
		f.add(where+" the name", checkModel(target.Model))
		if target.Model == from {
			f.addf("%s the model falls back to itself: take it out, further attempts are retry.max_attempts", where)
		}
		if slices.ContainsFunc(to[:i], func(o fallback) bool { return o.Model == target.Model }) {
			f.addf("%s %q is listed twice: keep one of them", where, target.Model)
		}
	}
}

// check says nothing of the base URL, of which buoy says more.
func (e *endpointConfig) check(f *findings) {
	if e.Name == "" {
		return // told where the endpoints are counted
	}
	where := fmt.Sprintf("endpoint %q:", e.Name)
	f.add("an endpoint's name", plainText(e.Name, maxName))
	f.add(where+" keys", noRepeats(e.Keys))
	if e.Models != nil && len(e.Models) == 0 {
		f.addf("%s models is empty, so it would serve nothing: leave it out to take every name", where)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Models)) {
		f.add(where+" models: the name", checkModel(name))
		if err := checkModel(e.Models[name]); err != nil {
			f.addf("%s the endpoint's own name for %q %w: repeat the name where it is the same", where, name, err)
		}
	}
	if e.KeyHeader != "" && len(e.Keys) == 0 {
		f.addf("%s key_header stands there without keys: name the variable of one, or leave it out", where)
	}
	if name := http.CanonicalHeaderKey(e.KeyHeader); ownHeaders[name] {
		f.addf("%s key_header %s is not for keys: it is \"api-key\" for Azure, and left out for others", where, name)
	}
	e.checkHeader(f, where)
	for _, name := range slices.Sorted(maps.Keys(e.Query)) {
		if name == "" {
			f.addf("%s query has a parameter without a name", where)
		}
		if secret(name) {
			f.addf("%s query %s looks like a key: secrets do not stand in this file. Put the name of its environment variable into keys", where, name)
		}
	}
	e.Limit.check(f, where+" limit")
}

// ownHeaders are set for each request: by buoy, or by net/http for a connection.
// One Idempotency-Key for all requests would make them one.
var ownHeaders = map[string]bool{
	"Accept": true, "Accept-Encoding": true, "Connection": true, "Content-Length": true, "Content-Type": true, "Expect": true,
	"Host": true, "Idempotency-Key": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true,
	"Transfer-Encoding": true, "Upgrade": true,
}

func (e *endpointConfig) checkHeader(f *findings, where string) {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		canonical, value := http.CanonicalHeaderKey(name), e.Header[name]
		switch scheme, _, _ := strings.Cut(value, " "); {
		case ownHeaders[canonical]:
			f.addf("%s header %s is set for each request: leave it out", where, canonical)
		case canonical == http.CanonicalHeaderKey(e.KeyHeader) || secret(name) || strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Basic"):
			f.addf("%s header %s is a key's: secrets do not stand in this file. Put the name of its environment variable into keys, and the header's, if it is not Authorization, into key_header", where, canonical)
		case strings.TrimSpace(value) == "":
			f.addf("%s header %s is empty: leave it out", where, canonical)
		case strings.TrimSpace(value) != value:
			f.addf("%s header %s has white space around its value: trim it", where, canonical)
		}
		if seen[canonical] {
			f.addf("%s header %s stands there twice, in two spellings: keep one of them", where, canonical)
		}
		seen[canonical] = true
	}
}

// secret reports the name of a header or parameter that carries credentials.
func secret(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' })
	for _, w := range words {
		switch w {
		case "authorization", "auth", "key", "apikey", "token", "secret", "password", "cookie", "credential", "credentials", "signature", "sig":
			return true
		}
	}
	return false
}

// repeats reports an endpoint that would be asked for the same as another.
func (e *endpointConfig) repeats(o *endpointConfig) bool {
	return e.Name != o.Name && e.BaseURL == o.BaseURL && slices.Equal(e.Keys, o.Keys) && maps.Equal(e.Models, o.Models) &&
		(e.Models == nil) == (o.Models == nil) && maps.Equal(e.Header, o.Header) && maps.Equal(e.Query, o.Query)
}
