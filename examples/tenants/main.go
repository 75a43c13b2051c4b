// Tenants: one service, many customers, each with a budget and a pace of its own.
//
//	go run ./examples/tenants
//
// Each customer has a client of its own, with a quota and a rate limit. The clients
// share the connections and the circuit breakers: an outage that one of them meets
// protects all. The clients used last are kept, so that ten thousand customers cost no
// more memory than those that are there.
//
// It runs offline, against a scripted provider on loopback.
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

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "tenants:", err)
		os.Exit(1)
	}
}

// tenant is the key under which a request's context says who asks.
type tenant struct{}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil)
	defer srv.Close()
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: short}))

	breakers, err := buoy.NewBreakers(buoy.BreakerPolicy{})
	if err != nil {
		return err
	}
	clients := newPool(2, func(name string) (*buoy.Client, error) {
		return buoy.New(srv.Endpoint(),
			buoy.WithHTTPClient(srv.Client()), // shared: its connections are
			buoy.WithBreakers(breakers),
			buoy.WithRateLimit(buoy.RateLimit{RequestsPerMinute: 600, Concurrent: 4}),
			// A store that lasts, such as buoyquota.OpenFile, keeps the count of a customer
			// whose client was forgotten. Here the counts live as long as the clients.
			buoy.WithQuota(buoy.Quota{Name: "tokens-" + name, Tokens: budgets[name], Refuse: true}),
			buoy.WithLogger(log),
			buoy.WithLogAttrs(func(ctx context.Context) []slog.Attr {
				name, _ := ctx.Value(tenant{}).(string)
				return []slog.Attr{slog.String("tenant", name)}
			}),
		)
	})
	defer clients.close()

	for _, name := range []string{"acme", "bolt", "acme", "acme", "bolt", "acme"} {
		ctx := context.WithValue(ctx, tenant{}, name)
		err := ask(ctx, clients, name)
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

func ask(ctx context.Context, clients *pool, name string) error {
	client, done, err := clients.get(name)
	if err != nil {
		return err
	}
	defer done()
	resp, err := client.Chat(ctx, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Why does a buoy stay up?")},
		User:     name, // providers use it to tell one abuser from all of your traffic
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s got an answer for %d tokens\n", name, resp.Usage.TotalTokens)
	return nil
}

// short leaves out what differs from run to run, and what makes long lines.
func short(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.LevelKey, slog.MessageKey, "tenant", "kind":
		return a
	}
	return slog.Attr{}
}
