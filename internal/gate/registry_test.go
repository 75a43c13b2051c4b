package gate

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// How long one answer is taken for: seen are so many answers of 1, 2, 3 ...
// tokens.
func TestExpectingAnAnswer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		seen   int
		limit  int
		tokens int
		asked  bool
	}{
		{"nothing known", 0, 0, 1024, false},
		{"the request's limit", 0, 300, 300, true},
		{"too few answers", 19, 300, 300, true},
		{"enough answers", 20, 300, 19, false},
		{"enough answers, no limit", 100, 0, 95, false},
		{"a limit below what is usual", 100, 50, 50, true},
		{"the latest 128", 1128, 0, 1122, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := NewLengths[string](2)
			for i := range tc.seen {
				l.Add("m", i+1, 1)
			}
			tokens, asked := l.Expect("m", tc.limit, 1)
			require.Equal(t, tc.tokens, tokens)
			require.Equal(t, tc.asked, asked)
			tokens, _ = l.Expect("another", 0, 1)
			require.Equal(t, DefaultOutput, tokens)
		})
	}
}

// Whatever a caller asks for and a provider tells: what is expected is a number that a
// prompt can be added to.
func TestAbsurdLengths(t *testing.T) {
	numbers := []int{math.MinInt, -1, 0, 1, 1 << 24, math.MaxInt/2 + 1, math.MaxInt}
	for _, told := range numbers {
		l := NewLengths[string](2)
		for range 20 {
			l.Add("m", told, 1)
		}
		for _, limit := range numbers {
			for _, answers := range []int{1, 2, 4, math.MaxInt/2 + 1, math.MaxInt} {
				for _, model := range []string{"m", "another"} {
					tokens, _ := l.Expect(model, limit, answers)
					require.GreaterOrEqual(t, tokens, 0)
					require.LessOrEqual(t, tokens, 1<<30)
				}
			}
		}
	}
}

// New keys and new models may come for ever.
func TestRegistriesAreBounded(t *testing.T) {
	g, l, lengths := NewRegistry(), Limits{Concurrent: 1}, NewLengths[int](8)
	first := g.Of(Key{Endpoint: "e", Label: "key-0"}, l)
	for i := range MaxKeys + 10 {
		g.Of(Key{Endpoint: "e", Label: fmt.Sprintf("key-%d", i)}, l)
		lengths.Add(i, 1, 1)
	}
	require.Equal(t, MaxKeys, g.gates.Len())
	require.Equal(t, 8, lengths.outputs.Len())
	require.NotSame(t, first, g.Of(Key{Endpoint: "e", Label: "key-0"}, l))
	require.Same(t, g.Of(Key{Endpoint: "e", Label: "key-500"}, l), g.Of(Key{Endpoint: "e", Label: "key-500"}, l))
}

func TestKeyNames(t *testing.T) {
	require.Equal(t, "host (key-1)", Key{Endpoint: "host", Label: "key-1"}.String())
	require.Equal(t, "host", Key{Endpoint: "host", Label: ""}.String())
	require.Equal(t, "this chain", Key{}.String())
	require.Equal(t, "this tenant", Key{Tenant: "Jo Doe", OfTenant: true}.String())
}
