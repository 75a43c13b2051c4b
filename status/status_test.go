package status

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestShareIsThatOfTheNearerLimit(t *testing.T) {
	for want, q := range map[float64]Quota{
		0:    {Tokens: 5, Cost: 5},
		0.5:  {Tokens: 50, TokenLimit: 100},
		0.9:  {Cost: 900, CostLimit: 1000},
		1.25: {Tokens: 125, TokenLimit: 100, Cost: 1, CostLimit: 10},
		0.75: {Tokens: 1, TokenLimit: 100, Cost: 7.5, CostLimit: 10},
	} {
		require.Equal(t, want, q.Share(), "%+v", q)
	}
}
