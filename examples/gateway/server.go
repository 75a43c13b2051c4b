package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyhttp"
)

// gateway puts buoy's chain before the configured endpoints.
type gateway struct {
	config *config
	router *router
	guard  *guard
	openai http.Handler
	log    *slog.Logger
	places int // for connections of clients
}

// newGateway refuses what cannot work, in an error that names the fix.
func newGateway(c *config, endpoints []buoy.Endpoint, tokens []string, log *slog.Logger) (*gateway, error) {
	if len(tokens) == 0 && !isLoopback(c.listen()) {
		return nil, fmt.Errorf("config: whoever reaches %s could spend your money: set client_tokens, or listen on 127.0.0.1", c.listen())
	}
	router, err := newRouter(c, endpoints, buoy.WithLogger(log))
	if err != nil {
		return nil, err
	}
	openai := buoyhttp.HandlerFor(router, buoyhttp.WithMaxBody(c.maxBody()), buoyhttp.WithLogger(log))
	// The other half of the files is for asking providers.
	places := min(openFiles()/2, maxConnections)
	return &gateway{config: c, router: router, guard: newGuard(tokens), openai: openai, log: log, places: places}, nil
}

// handler is everything the gateway serves.
func (g *gateway) handler() http.Handler {
	mux := http.NewServeMux()
	known := g.guard.known(g.openai)
	mux.Handle("POST /v1/chat/completions", known)
	mux.Handle("GET /v1/models", known)
	mux.Handle("GET /v1/models/{name...}", known)
	mux.HandleFunc("GET /healthz", g.health)
	for _, path := range []string{"/v1/chat/completions", "/v1/models", "/healthz"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			buoyhttp.Refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", r.Method+" is not served here")
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		buoyhttp.Refuse(w, http.StatusNotFound, "unknown_url", "only /v1/chat/completions, /v1/models and /healthz are served")
	})
	return g.guard.local(mux)
}

// errStopping is why an answer is broken off at the end of the drain.
var errStopping = errors.New("the gateway is stopping")

const (
	// maxConnections bounds the memory of connections; the number of files mostly
	// does so sooner.
	maxConnections = 10_000
	// bodyPause and writePatience bound what no handler bounds, such as bodies of
	// requests that were answered already.
	bodyPause     = 10 * time.Second
	writePatience = 30 * time.Second
	// headerPatience is how long a client may take to connect and send headers.
	headerPatience = 5 * time.Second
	// idlePatience is how long a connection may wait for its next request.
	idlePatience = 75 * time.Second
)

// lastWords is how long a broken answer may take to say so.
const lastWords = 2 * time.Second

// serve answers until ctx ends. Then it takes no further connection, waits for
// what is being answered, and breaks off what takes longer than the drain.
func (g *gateway) serve(ctx context.Context, l net.Listener) error {
	requests, breakOff := context.WithCancelCause(context.WithoutCancel(ctx))
	defer breakOff(errStopping)
	l = newDoor(l, g.places)
	srv := &http.Server{
		Handler:     g.handler(),
		ConnContext: withVisit,
		// These bound what nobody else does: headers, bodies that nobody reads, and
		// replies of net/http's own. Who reads a request and answers it sets
		// deadlines of its own, piece by piece.
		ReadHeaderTimeout: headerPatience,
		ReadTimeout:       bodyPause,
		WriteTimeout:      writePatience,
		IdleTimeout:       idlePatience,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(g.log.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return requests },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}

	g.log.Info("stopping", "drain", g.config.drain())
	if shutdown(srv, g.config.drain()) != nil {
		g.log.Warn("the drain is over: breaking off what is not answered")
		breakOff(errStopping)
		if shutdown(srv, lastWords) != nil {
			_ = srv.Close()
		}
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func shutdown(srv *http.Server, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return srv.Shutdown(ctx)
}
