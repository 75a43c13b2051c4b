package behaviour_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// A client that several tests share has its timers in the bubble of each of them: the time
// is the same in all, and what one has left behind never runs in the next.
func TestAClientOfSeveralBubbles(t *testing.T) {
	hangs := false
	client, err := buoy.New(secretEndpoint(secretKey), noRetry, buoy.WithTimeouts(buoy.Timeouts{Attempt: time.Second}),
		buoy.WithHTTPClient(&http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			if hangs {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(
				`{"choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}]}`))}, nil
		})}))
	require.NoError(t, err)
	for _, hangs = range []bool{false, true, false, false, true} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			_, err := client.Chat(t.Context(), hello)
			if !hangs {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, buoy.ErrTimeout)
			require.Equal(t, time.Second, time.Since(begun))
		})
	}
}
