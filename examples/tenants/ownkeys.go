package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// ownKeys has a client for each customer, with a quota and a rate limit. The clients share
// the connections and the circuit breakers: an outage that one of them meets protects all.
// The clients used last are kept.
func ownKeys(ctx context.Context) error {
	srv := buoytest.NewServer(nil)
	defer srv.Close()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: short}))

	breakers, err := buoy.NewBreakers(buoy.BreakerPolicy{})
	if err != nil {
		return err
	}
	clients := newPool(2, func(name string) (*buoy.Client, error) {
		endpoint := srv.Endpoint()
		endpoint.Keys = []string{"sk-" + name} // from where the customers' keys are kept
		return buoy.New(endpoint,
			buoy.WithHTTPClient(srv.Client()), // shared: its connections are
			buoy.WithBreakers(breakers),
			buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 600, Concurrent: 4}),
			// A store that lasts, such as buoyquota.OpenFile, keeps the count of a customer
			// whose client was forgotten. Here the counts live as long as the clients.
			buoy.WithQuota(buoy.Quota{Name: "tokens-" + name, Tokens: budgets[name], Refuse: true}),
			buoy.WithLogger(log),
			buoy.WithLogAttrs(func(ctx context.Context) []slog.Attr {
				return []slog.Attr{slog.String("tenant", tenantOf(ctx))}
			}),
		)
	})
	defer clients.close()

	for _, name := range []string{"acme", "bolt", "acme", "acme", "bolt", "acme"} {
		err := askFor(as(ctx, name), clients, name)
		if quota, ok := errors.AsType[*buoy.QuotaError](err); ok {
			fmt.Printf("%s has spent its budget, until %s\n", name, quota.Until.Format("2006-01-02"))
			continue
		}
		if err != nil {
			return err
		}
	}
	fmt.Println("clients that are kept:", clients.len())
	return nil
}

// budgets are tokens a month. A call here spends some 35.
var budgets = map[string]int64{"acme": 100, "bolt": 100000}

func askFor(ctx context.Context, clients *pool, name string) error {
	client, done, err := clients.get(name)
	if err != nil {
		return err
	}
	defer done()
	request := question(0)
	request.User = name // providers use it to tell one abuser from all of your traffic
	resp, err := client.Chat(ctx, request)
	if err != nil {
		return err
	}
	fmt.Printf("%s got an answer for %d tokens\n", name, resp.Usage.TotalTokens)
	return nil
}

// short leaves out what differs from run to run, and what makes long lines.
func short(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.LevelKey, slog.MessageKey, "tenant", "kind", "threshold":
		return a
	}
	return slog.Attr{}
}
