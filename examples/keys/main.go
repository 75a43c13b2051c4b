// Keys: one endpoint, three keys. One is wrong, one is out of money, one is good,
// and no call fails.
//
//	go run ./examples/keys
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/status"
)

const (
	wrongKey = "sk-example-of-a-key-that-was-revoked"
	poorKey  = "sk-example-of-a-key-without-money"
	goodKey  = "sk-example-of-a-good-key"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "keys:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	srv := buoytest.NewServer(nil, refuseTwoKeys()...)
	defer srv.Close()
	client, err := buoy.New(buoy.Endpoint{
		Name:    "desk",
		BaseURL: srv.URL + "/v1",
		Keys:    []string{wrongKey, poorKey, goodKey},
		// For keys that live in a vault or a file, set KeySource instead of Keys:
		// it is asked again once a minute, and after a refusal. KeyOrder says which
		// key comes first.
	})
	if err != nil {
		return err
	}
	defer client.Close()

	// The next key is used at once, without backoff, and what one call learns of a
	// key serves all: from the second call on nothing is wasted.
	fmt.Println("-- Three calls")
	for range 3 {
		if err := ask(ctx, client); err != nil {
			return err
		}
	}
	fmt.Println("\n-- What is known of the keys now (labels are digests: no key is ever printed)")
	printKeys(client)

	fmt.Println("\n-- Somebody paid the bill of the second one")
	srv.Script(buoytest.Always(buoytest.ForKey(wrongKey, buoytest.Fail(401))))
	for _, k := range client.Keys() {
		if buoy.Kind(k.Reason) == buoy.ErrQuota {
			client.EnableKey(k.Endpoint, k.Label)
		}
	}
	for range 2 {
		if err := ask(ctx, client); err != nil {
			return err
		}
	}

	// The last key that may go is asked on, so that it works as soon as it is mended.
	fmt.Println("\n-- Only the bad ones are left")
	srv.Script(refuseTwoKeys()...)
	if err := client.SetKeys("desk", wrongKey, poorKey); err != nil {
		return err
	}
	for range 2 {
		if err := ask(ctx, client); err == nil {
			return errors.New("a bad key was accepted")
		}
	}
	printKeys(client)

	fmt.Println("\n-- New keys, while the program runs")
	if err := client.SetKeys("desk", goodKey); err != nil {
		return err
	}
	return ask(ctx, client)
}

// ask makes one call and prints which keys it took.
func ask(ctx context.Context, client *buoy.Client) error {
	resp, err := client.Chat(ctx, buoy.Request{
		Model:    "gpt-4o-mini",
		Messages: []buoy.Message{buoy.User("Hello!")},
	})
	if err != nil {
		if call, ok := errors.AsType[*buoy.CallError](err); ok {
			printAttempts(call.Attempts)
		}
		fmt.Println("failed:", err)
		if none, ok := errors.AsType[*buoy.KeysError](err); ok && !none.Until.IsZero() {
			fmt.Println("        nothing was sent; the first key is tried again in", time.Until(none.Until).Round(time.Minute))
		}
		return err
	}
	printAttempts(resp.Info.Attempts)
	fmt.Println("answered:", resp.Text())
	return nil
}

func printAttempts(attempts []buoy.Attempt) {
	for _, a := range attempts {
		outcome := "accepted"
		if a.Err != nil {
			outcome = a.Err.Error()
		}
		fmt.Printf("   %s, after a wait of %v: %s\n", a.Key, a.Wait, outcome)
	}
}

func printKeys(client *buoy.Client) {
	for _, k := range client.Keys() {
		state := string(k.State)
		switch k.State {
		case status.KeyDisabled:
			state = fmt.Sprintf("disabled (%s): replace it; one probe in %v", k.Reason, time.Until(k.Until).Round(time.Minute))
		case status.KeyCooled:
			state = fmt.Sprintf("rests for %v (%s): top up", time.Until(k.Until).Round(time.Minute), k.Reason)
		case status.KeyRefused:
			state = fmt.Sprintf("refused (%s), and asked again with the next call: no other is left", k.Reason)
		case status.KeyLimited:
			state = fmt.Sprintf("rests for %s for %v", k.Models[0].Model, time.Until(k.Models[0].Until).Round(time.Second))
		}
		fmt.Printf("   %s %s: %s\n", k.Endpoint, k.Label, state)
	}
}

// refuseTwoKeys is the provider's part.
func refuseTwoKeys() []buoytest.Step {
	return []buoytest.Step{
		buoytest.ForKey(wrongKey, buoytest.Always(buoytest.Fail(401))),
		buoytest.ForKey(poorKey, buoytest.Always(buoytest.OpenAIError(429, "insufficient_quota", "You exceeded your current quota."))),
		buoytest.Always(buoytest.Reply("Hello!")),
	}
}
