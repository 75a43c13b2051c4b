package buoyhttp

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/buoy-go/buoy"
)

// HandlerOption is an option of [Handler] and [HandlerFor].
type HandlerOption interface{ applyHandler(*settings) }

// TransportOption is an option of [Transport].
type TransportOption interface{ applyTransport(*settings) }

// Option is an option of both, [Handler] and [Transport].
type Option interface {
	HandlerOption
	TransportOption
}

// settings are what options say. The zero value is the default.
type settings struct {
	maxBody     int64
	log         *slog.Logger
	models      []string
	callOptions []func(*http.Request) []buoy.CallOption
}

// defaultMaxBody is a request's bound: an image of 20 MB as base64, and a bit more.
const defaultMaxBody = 32 << 20

func (s *settings) bodyLimit() int64 {
	if s.maxBody <= 0 {
		return defaultMaxBody
	}
	return s.maxBody
}

// optionsFor are what a request adds to its call.
func (s *settings) optionsFor(r *http.Request) []buoy.CallOption {
	all := cacheOptions(r.Header)
	for _, f := range s.callOptions {
		all = append(all, f(r)...)
	}
	return all
}

// cacheOptions are what a client wants of the cache, as RFC 9111 has it: no-store makes a
// call without it, no-cache asks the provider anew.
func cacheOptions(h http.Header) []buoy.CallOption {
	var fresh bool
	for _, line := range h["Cache-Control"] {
		for directive := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(directive, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "no-store":
				return []buoy.CallOption{buoy.WithoutCache()}
			case "no-cache":
				fresh = true
			}
		}
	}
	if fresh {
		return []buoy.CallOption{buoy.WithCacheRefresh()}
	}
	return nil
}

type handlerOption func(*settings)

func (o handlerOption) applyHandler(s *settings) { o(s) }

type option func(*settings)

func (o option) applyHandler(s *settings)   { o(s) }
func (o option) applyTransport(s *settings) { o(s) }

// WithCallOptions adds options to each call, made by f from its HTTP request: timeouts
// for a route, for example, or a header of the client. Without this option no header of
// the client is passed on, because it might be a credential for somebody else:
//
//	buoyhttp.WithCallOptions(func(r *http.Request) []buoy.CallOption {
//		return []buoy.CallOption{buoy.WithHeader("X-Title", r.Header.Get("X-Title"))}
//	})
//
// f must be safe for concurrent use and must not change the request. Several options
// add up.
func WithCallOptions(f func(r *http.Request) []buoy.CallOption) Option {
	return option(func(s *settings) {
		if f != nil {
			s.callOptions = append(s.callOptions, f)
		}
	})
}

// WithMaxBody bounds a request, in bytes. 0 or less means 32 MiB. A larger request is
// answered with 413.
func WithMaxBody(bytes int64) HandlerOption {
	return handlerOption(func(s *settings) { s.maxBody = bytes })
}

// WithLogger writes a line for each request: its id, status, duration, model, endpoint
// and number of attempts. No line has a key or a prompt. A client that left is not a
// warning. Without this option nothing is logged.
func WithLogger(l *slog.Logger) HandlerOption {
	return handlerOption(func(s *settings) { s.log = l })
}

// WithModels sets the names that /models of [Handler] lists. Without it the list is
// empty. Any model can be requested in either case.
func WithModels(names ...string) HandlerOption {
	return handlerOption(func(s *settings) { s.models = append(s.models, names...) })
}
