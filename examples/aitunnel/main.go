// AITUNNEL: what https://aitunnel.ru adds to a chat: prices in roubles, the
// balance, visible reasoning, and refusals that give their reasons.
//
//	go run ./examples/aitunnel
//
// It runs offline against a provider on loopback that speaks AITUNNEL's dialect.
// With AITUNNEL_API_KEY in the environment it calls the real one, which costs a
// few kopecks; BUOY_MODEL names the model (such as deepseek-r1, to see it think).
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "aitunnel:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	key := os.Getenv("AITUNNEL_API_KEY")
	endpoint := buoy.AITunnel(key)
	if key == "" {
		srv := desk()
		defer srv.Close()
		endpoint = srv.Endpoint()
		fmt.Println("No AITUNNEL_API_KEY: calling a provider on loopback that speaks its dialect.")
	}
	endpoint.Name = "aitunnel" // the label in errors and logs; else it is the host's name
	client, err := buoy.New(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()

	model := cmp.Or(os.Getenv("BUOY_MODEL"), "gpt-4o-mini")
	if err := think(ctx, client, model); err != nil {
		return err
	}
	if key != "" {
		return nil // the rest cannot be had at will from the real one
	}
	for range 3 {
		if err := refused(ctx, client, model); err != nil {
			return err
		}
	}
	return nil
}

// think streams an answer with its reasoning, and tells what it cost.
func think(ctx context.Context, client *buoy.Client, model string) error {
	stream, err := client.Stream(ctx, buoy.Request{
		Model:    model,
		Messages: []buoy.Message{buoy.User("Почему буй не тонет? Ответь одним предложением.")},
		// Effort or MaxTokens, not both. Models that do not think ignore it.
		Reasoning: &buoy.Reasoning{Effort: "low"},
		// The price of MaxTokens is reserved before the call: a large number is
		// refused with ErrQuota while there is still money on the account.
		MaxTokens: new(500),
		// AITUNNEL shortens prompts that are too long. Without the plugin they are
		// ErrContextLength, and nothing is lost in silence.
		Plugins:  []buoy.Plugin{{ID: "context-compression", Enabled: new(false)}},
		Provider: &buoy.ProviderPreferences{Sort: "latency"},
	})
	if err != nil {
		return explain(err)
	}
	defer stream.Close()

	fmt.Println("\n-- reasoning, then the answer")
	thinking := false
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println()
			return explain(err)
		}
		for _, choice := range chunk.Choices {
			if choice.Delta.Reasoning != "" {
				thinking = true
				fmt.Print(choice.Delta.Reasoning)
			}
		}
		if text := chunk.Text(); text != "" {
			if thinking {
				fmt.Print("\n=> ")
				thinking = false
			}
			fmt.Print(text)
		}
	}

	// To go on with the conversation, append the message as it is: it brings its
	// reasoning details back, which models that call tools want to see again.
	resp := stream.Response()
	usage := resp.Usage
	fmt.Printf("\n\nmodel really used: %s, finish reason: %s\n", resp.Model, resp.Choices[0].FinishReason)
	fmt.Printf("tokens: %d in, %d out, %d of them for thinking\n",
		usage.PromptTokens, usage.CompletionTokens, usage.CompletionTokensDetails.ReasoningTokens)
	// Costs are pointers: nil means that the provider did not tell.
	if usage.CostRUB != nil {
		fmt.Printf("cost: %.4f RUB\n", *usage.CostRUB)
	}
	if usage.Balance != nil {
		fmt.Printf("balance: %.2f RUB\n", *usage.Balance)
	}
	return nil
}

// refused makes a call that the script refuses.
func refused(ctx context.Context, client *buoy.Client, model string) error {
	_, err := client.Chat(ctx, buoy.Request{Model: model, Messages: []buoy.Message{buoy.User("Привет!")}})
	if err == nil {
		return errors.New("the call was not refused")
	}
	fmt.Println()
	_ = explain(err) // being refused is what this was for
	return nil
}

// explain prints what a refusal of AITUNNEL's means, and returns it.
func explain(err error) error {
	fmt.Println("error:", err)
	api, ok := errors.AsType[*buoy.APIError](err)
	if !ok {
		return err
	}
	switch api.Kind {
	case buoy.ErrModeration:
		if m := api.Moderation; m != nil {
			// FlaggedInput is a piece of the prompt: show it to its author, keep
			// it out of the log. err.Error() never has it.
			fmt.Printf("  %s refused it for: %s\n  because of: %q\n", m.ProviderName, strings.Join(m.Reasons, ", "), m.FlaggedInput)
		} else {
			fmt.Println("  a rule of the account refused it:", api.Code)
		}
	case buoy.ErrQuota:
		fmt.Println("  top up, or lower MaxTokens: its price is reserved before the call")
	case buoy.ErrRateLimit, buoy.ErrUpstream, buoy.ErrOverloaded:
		fmt.Println("  AITUNNEL has tried again already: another model helps more than haste")
		if u := api.Upstream; u != nil {
			fmt.Println("  the provider behind it:", u.ProviderName)
		}
	}
	return err
}

// desk is a provider that answers once and then refuses.
func desk() *buoytest.Server {
	srv := buoytest.NewServer(nil,
		buoytest.ReplyWith(buoytest.Answer{
			Reasoning: "Плавучесть: закон Архимеда. Средняя плотность меньше плотности воды.",
			Text:      "Буй не тонет, потому что весит меньше воды, которую вытесняет.",
			Usage: buoytest.Usage{
				PromptTokens: 21, CompletionTokens: 34, ReasoningTokens: 17,
				CostRUB: new(0.0123), Balance: new(4999.55),
			},
		}),
		buoytest.AITunnelError(403, "Запрос отклонён модерацией.", map[string]any{
			"reasons": []string{"violence"}, "flagged_input": "Привет!",
			"provider_name": "OpenAI", "model_slug": "gpt-4o-mini",
		}),
		buoytest.AITunnelError(402, "Недостаточно средств на балансе."),
		// Personal data that the account's settings forbid: the one refusal whose
		// code is a word.
		buoytest.Error(400, `{"error": {"code": "pii_blocked", "type": "pii_blocked", "message": "В запросе найдены персональные данные."}}`),
	)
	srv.Speak(buoytest.AITunnel)
	return srv
}
