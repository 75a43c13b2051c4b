package buoy

import (
	"context"
	"errors"
	"strings"

	"github.com/buoy-go/buoy/internal/billing"
)

// Balance asks the primary endpoint what is left, with the key whose turn it is.
// AITUNNEL reports the account and the budget of the key, in roubles. OpenRouter
// reports to an ordinary key only what this key may still spend, as Budget in dollars,
// and nothing if the key has no limit. Other providers have no such method. They answer
// ErrNotFound, or whatever they say to an unknown path.
//
// Retries, timeouts and limits apply as to Chat, and the error is a [*CallError].
// Middleware does not see the call, and the circuit breaker does not count it.
func (c *Client) Balance(ctx context.Context) (Balance, error) {
	at := *c.primary.url
	base := strings.TrimSuffix(at.Path, "/chat/completions")
	b := Balance{Currency: RUB}
	at.Path = base + "/aitunnel/balance"
	if billing.Currency(at.Hostname()) == string(USD) {
		at.Path, b.Currency = base+"/key", USD
	}
	from, err := fetch(ctx, c, opBalance, &at, func(data []byte) error {
		var err error
		b.Amount, b.Budget, err = billing.DecodeBalance(data)
		return err
	})
	if err != nil {
		return Balance{}, err
	}
	b.Endpoint, b.Key = from.endpoint, from.key
	if b.Amount != nil {
		for _, w := range c.settings.balances {
			w.see(b.Endpoint, b.Key, *b.Amount)
		}
	}
	return b, nil
}

// BalanceWatch warns before the money runs out. AITUNNEL reports with each answer what
// is left on the account. Give it to [WithBalanceWatch].
type BalanceWatch struct {
	// Below has the balances to warn of, at least one, in the provider's currency.
	Below []float64
	// OnLow is called once for each of them and each key when the balance falls below,
	// the highest first. It is called again only after the balance was a tenth above
	// that mark, because answers that overtake each other must not warn twice. It runs
	// on the goroutine of a call, outside any lock, and may call any method of this
	// package. It must be safe for concurrent use.
	OnLow func(BalanceEvent)
}

// BalanceEvent says that a balance has fallen below a mark.
type BalanceEvent struct {
	Endpoint string
	Key      string // label of the key, never the key itself; keys of one account share its balance
	Balance  float64
	Below    float64 // the mark of BalanceWatch.Below
}

// WithBalanceWatch calls a function when the balance gets low; see [BalanceWatch].
func WithBalanceWatch(w BalanceWatch) Option {
	return clientOption(func(s *settings) {
		own := &balanceWatch{marks: billing.NewMarks(w.Below), onLow: w.OnLow}
		if own.marks == nil || w.OnLow == nil {
			s.errs = append(s.errs, errors.New("WithBalanceWatch needs at least one balance in Below, and OnLow"))
		}
		s.balances = append(s.balances, own)
		s.observers = append(s.observers, own)
	})
}

// balanceWatch follows the balances that answers bring.
type balanceWatch struct {
	marks *billing.Marks
	onLow func(BalanceEvent)
}

func (w *balanceWatch) ObserveAttempt(_ context.Context, e AttemptEvent) {
	if b := e.Usage.Balance; b != nil {
		w.see(e.Endpoint, e.Key, *b)
	}
}

func (w *balanceWatch) ObserveCall(context.Context, CallEvent) {}

func (w *balanceWatch) see(endpoint, key string, balance float64) {
	for _, mark := range w.marks.Passed(billing.Account{Endpoint: endpoint, Key: key}, balance) {
		w.onLow(BalanceEvent{Endpoint: endpoint, Key: key, Balance: balance, Below: mark})
	}
}
