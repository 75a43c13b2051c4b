// Gateway: an OpenAI-compatible HTTP endpoint on loopback with buoy's whole chain
// behind it, so that programs in any language get its retries, breakers, keys and
// fallbacks by changing their base URL.
//
//	go run ./examples/gateway                        # a demonstration, offline
//	go run ./examples/gateway -offline               # serve an embedded provider until SIGINT or SIGTERM
//	go run ./examples/gateway -config gateway.json   # serve what the file says
//	AITUNNEL_API_KEY=... go run ./examples/gateway   # serve one provider, without a file
//
// README.md in this directory describes the file and what clients see.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	path := flag.String("config", "", "the configuration, a JSON file")
	demo := flag.Bool("demo", false, "show what it does, offline, and stop")
	offline := flag.Bool("offline", false, "serve an embedded provider, without a key or a network")
	verbose := flag.Bool("v", false, "log successful attempts, too")
	flag.Parse()
	if err := checkFlags(*path, *demo, *offline, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(2)
	}

	signalled, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	context.AfterFunc(signalled, func() {
		stop() // a second signal ends the program at once
		cancel()
	})
	var err error
	if *offline {
		err = serveEmbedded(ctx, logger(*verbose))
	} else if *demo || *path == "" && len(buoy.FromEnv().Keys) == 0 {
		err = demonstrate(ctx)
	} else {
		err = run(ctx, *path, logger(*verbose))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// checkFlags refuses what would be overlooked: a file without -config would begin the
// demonstration.
func checkFlags(path string, demo, offline bool, rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag: write -config in front of the file", rest[0])
	case demo && offline, path != "" && (demo || offline):
		return errors.New("-config, -demo and -offline exclude each other: keep one of them")
	}
	return nil
}

func logger(verbose bool) *slog.Logger {
	options := &slog.HandlerOptions{}
	if verbose {
		options.Level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, options))
}

// run serves what the file says, or without a file the provider whose key is in
// the environment.
func run(ctx context.Context, path string, log *slog.Logger) error {
	g, err := load(path, os.Getenv, log)
	if err != nil {
		return err
	}
	return g.listen(ctx, log)
}

// serveEmbedded serves a provider of its own, which answers every model.
func serveEmbedded(ctx context.Context, log *slog.Logger) error {
	provider := buoytest.NewServer(nil)
	defer provider.Close()
	endpoint := provider.Endpoint()
	endpoint.Name = "embedded"
	g, err := newGateway(&config{}, []buoy.Endpoint{endpoint}, nil, log)
	if err != nil {
		return err
	}
	return g.listen(ctx, log)
}

func (g *gateway) listen(ctx context.Context, log *slog.Logger) error {
	l, err := net.Listen("tcp", g.config.listen())
	if err != nil {
		return err
	}
	log.Info("listening", "url", "http://"+l.Addr().String()+"/v1")
	return g.serve(ctx, l)
}

func load(path string, getenv func(string) string, log *slog.Logger) (*gateway, error) {
	if path == "" {
		endpoint := buoy.FromEnv()
		u, err := url.Parse(endpoint.BaseURL)
		if err != nil {
			return nil, errors.New("OPENAI_BASE_URL is not a URL")
		}
		endpoint.Name = u.Host
		return newGateway(&config{}, []buoy.Endpoint{endpoint}, nil, log)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := readConfig(f)
	if err != nil {
		return nil, err
	}
	endpoints, err := c.endpoints(getenv)
	if err != nil {
		return nil, err
	}
	tokens, err := fromEnv(c.ClientTokens, getenv)
	if err != nil {
		return nil, fmt.Errorf("config: client_tokens: %w", err)
	}
	for _, e := range endpoints {
		if i := slices.IndexFunc(tokens, func(token string) bool { return slices.Contains(e.Keys, token) }); i >= 0 {
			return nil, fmt.Errorf("config: client_tokens: %s holds a key of endpoint %q, so clients would have the key itself: make a token of its own", c.ClientTokens[i], e.Name)
		}
	}
	return newGateway(c, endpoints, tokens, log)
}
