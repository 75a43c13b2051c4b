// Quota spends ten roubles a day and not more. It warns on the way, refuses at the
// limit, knows after a restart what was spent before, and warns when the account
// itself runs low.
//
//	go run ./examples/quota
//
// It runs offline against a provider on loopback that speaks AITUNNEL's dialect.
// With AITUNNEL_API_KEY in the environment it only asks the real one what is left
// and what a model costs, which is free.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyquota"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	ctx := context.Background()
	err := run(ctx)
	if key := os.Getenv("AITUNNEL_API_KEY"); err == nil && key != "" {
		err = account(ctx, key)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "quota:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	// Each answer costs 1.80 roubles, and the account has 20.
	price := 1.8
	var script []buoytest.Step
	for left := 20.0; left > price; left -= price {
		balance := left - price
		script = append(script, buoytest.ReplyWith(buoytest.Answer{Text: "Because.", Usage: buoytest.Usage{CostRUB: &price, Balance: &balance}}))
	}
	srv := buoytest.NewServer(nil, script...)
	srv.Speak(buoytest.AITunnel)
	defer srv.Close()

	dir, err := os.MkdirTemp("", "buoy-quota")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, title := range []string{"-- a service starts", "-- and starts again, on the same day"} {
		fmt.Println(title)
		if err := service(ctx, srv.Endpoint(), filepath.Join(dir, "quota.json")); err != nil {
			return err
		}
	}
	fmt.Println("requests that the provider got:", len(srv.Requests()))
	return nil
}

// service makes four calls, as one that was deployed again and again would.
func service(ctx context.Context, endpoint buoy.Endpoint, path string) error {
	store, err := buoyquota.OpenFile(path)
	if err != nil {
		return err
	}
	defer store.Close()
	moscow := time.FixedZone("MSK", 3*60*60)
	client, err := buoy.New(endpoint,
		buoy.WithQuota(buoy.Quota{
			Period: buoy.Daily(moscow), Cost: 10, Currency: buoy.RUB, Refuse: true, Store: store,
			// Only for providers that do not tell what an answer has cost.
			Prices: buoy.PriceTable{"gpt-4o-mini": {Prompt: 30, Completion: 120, Currency: buoy.RUB}}.Price,
			OnThreshold: func(e buoy.QuotaEvent) {
				fmt.Printf("   ! %.0f %% of the day's %.0f %s is spent\n", 100*e.Threshold, e.CostLimit, e.Currency)
			},
			OnError: func(err error) { fmt.Println("   !", err) },
		}),
		buoy.WithBalanceWatch(buoy.BalanceWatch{Below: []float64{12}, OnLow: func(e buoy.BalanceEvent) {
			fmt.Printf("   ! %.2f roubles are left on the account\n", e.Balance)
		}}),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for range 4 {
		_, err := client.Chat(ctx, buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why?")}})
		if ours, ok := errors.AsType[*buoy.QuotaError](err); ok {
			// RetryAfter gives the wait, for those who would rather sleep.
			fmt.Printf("   refused by ourselves: %.2f of %.2f RUB are spent until %s\n", ours.Cost, ours.CostLimit, ours.Until.Format("15:04 MST"))
			continue
		}
		if err != nil {
			return err
		}
		quotas, err := client.Quotas(ctx)
		if err != nil {
			return err
		}
		fmt.Printf("   answered; %.2f RUB today\n", quotas[0].Cost)
	}
	return nil
}

// account asks the real AITUNNEL what is left and what a model costs.
func account(ctx context.Context, key string) error {
	client, err := buoy.New(buoy.AITunnel(key))
	if err != nil {
		return err
	}
	defer client.Close()
	balance, err := client.Balance(ctx)
	if err != nil {
		return err
	}
	if balance.Amount != nil {
		fmt.Printf("on the account: %.2f %s\n", *balance.Amount, balance.Currency)
	}
	models, err := buoy.FetchCatalogue(ctx, "")
	if err != nil {
		return err
	}
	price, ok := models.Prices().Price("", "gpt-4o-mini")
	fmt.Printf("%d models; gpt-4o-mini: %.2f in, %.2f out, RUB per million tokens (%v)\n", len(models), price.Prompt, price.Completion, ok)
	return nil
}
