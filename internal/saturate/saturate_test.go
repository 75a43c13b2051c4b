package saturate_test

import (
	"math"
	"testing"

	"github.com/buoy-go/buoy/internal/saturate"
	"github.com/stretchr/testify/require"
)

func TestSum(t *testing.T) {
	require.Equal(t, 5, saturate.Sum(2, 3))
	require.Equal(t, -1, saturate.Sum(2, -3))
	require.Equal(t, math.MaxInt, saturate.Sum(math.MaxInt, 1))
	require.Equal(t, math.MinInt, saturate.Sum(math.MinInt, -1))
	require.Equal(t, int64(math.MaxInt64), saturate.Sum(int64(math.MaxInt64), math.MaxInt64))
	require.Equal(t, int64(math.MinInt64), saturate.Sum(int64(math.MinInt64), math.MinInt64))
	require.Equal(t, int64(-1), saturate.Sum(int64(math.MaxInt64), math.MinInt64))
}

func TestTokens(t *testing.T) {
	require.Equal(t, 12, saturate.Tokens(12, 3, 4))
	require.Equal(t, 7, saturate.Tokens(0, 3, 4))
	require.Equal(t, 4, saturate.Tokens(-1, -3, 4))
	require.Zero(t, saturate.Tokens(-1, -3, -4))
	require.Equal(t, math.MaxInt, saturate.Tokens(1, math.MaxInt, 4))
}
