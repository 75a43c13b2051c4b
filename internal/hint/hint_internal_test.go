package hint

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A float that fits no Duration has no defined conversion, and differs between processors.
func TestSecondsSaturates(t *testing.T) {
	for _, tt := range []struct {
		v    float64
		want time.Duration
	}{
		{math.Inf(-1), 0}, {-1e300, 0}, {-1, 0}, {-1e-10, 0}, {0, 0}, {math.NaN(), 0}, {1e-10, 0},
		{1e-9, 1}, {0.25, 250 * time.Millisecond}, {20, 20 * time.Second}, {9e9, 9e9 * time.Second},
		{9223372036.854775807, TooLong}, {1e300, TooLong}, {math.Inf(1), TooLong},
	} {
		require.Equal(t, tt.want, seconds(tt.v), tt.v)
	}
}
