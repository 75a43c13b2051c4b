package buoyquota_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyquota"
	"github.com/buoy-go/buoy/buoytest"
)

// A service that starts anew knows what it has spent.
func ExampleOpenFile() {
	rub := 1.8
	srv := buoytest.NewServer(nil, buoytest.Always(buoytest.ReplyWith(buoytest.Answer{Text: "Because.", Usage: buoytest.Usage{CostRUB: &rub}})))
	defer srv.Close()
	dir, _ := os.MkdirTemp("", "buoy")
	defer os.RemoveAll(dir)

	for range 2 {
		store, err := buoyquota.OpenFile(filepath.Join(dir, "quota.json"))
		if err != nil {
			fmt.Println(err)
			return
		}
		client, _ := buoy.New(srv.Endpoint(), buoy.WithQuota(buoy.Quota{Cost: 100, Currency: buoy.RUB, Store: store}))
		for range 2 {
			_, _ = client.Chat(context.Background(), buoy.Request{Model: "gpt-4o-mini", Messages: []buoy.Message{buoy.User("Why?")}})
		}
		quotas, _ := client.Quotas(context.Background())
		fmt.Printf("%.2f of %.0f %s\n", quotas[0].Cost, quotas[0].CostLimit, quotas[0].Currency)
		_ = client.Close()
		_ = store.Close()
	}
	// Output:
	// 3.60 of 100 RUB
	// 7.20 of 100 RUB
}
