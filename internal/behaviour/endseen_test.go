package behaviour_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// slowToClose takes a second to be closed, and does not keep a Read waiting meanwhile.
type slowToClose struct{ io.ReadCloser }

func (b slowToClose) Close() error {
	time.Sleep(time.Second)
	return b.ReadCloser.Close()
}

// A stream may be ended on a goroutine of its own: by its caller's context, by a timer, by
// Close. Who reads it sees the end only when the attempt's record is complete, and so do
// the error, which is made once, and the observers.
func TestAnEndThatIsSeenIsComplete(t *testing.T) {
	ends := map[string]struct {
		opts  []buoy.Option
		end   func(s *buoy.Stream, cancel func()) // after a minute
		seen  error
		noted buoy.Kind
	}{
		"canceled":   {nil, func(_ *buoy.Stream, cancel func()) { cancel() }, buoy.ErrCanceled, buoy.ErrCanceled},
		"call timer": {[]buoy.Option{buoy.WithTimeouts(buoy.Timeouts{Call: time.Minute})}, func(*buoy.Stream, func()) {}, buoy.ErrTimeout, buoy.ErrTimeout},
		"closed":     {nil, func(s *buoy.Stream, _ func()) { _ = s.Close() }, nil, buoy.ErrCanceled},
	}
	chains := map[string][]buoy.Option{
		"plain":    nil,
		"recovery": {buoy.WithStreamRecovery(buoy.RecoverContinue)},
	}
	for name, e := range ends {
		for chain, opts := range chains {
			for _, reads := range []bool{true, false} { // when the end comes
				t.Run(name+"/"+chain, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						var told buoytest.Recorder
						c, err := buoy.New(buoy.Endpoint{BaseURL: "https://desk.example/v1", Keys: []string{testKey}},
							append(append([]buoy.Option{buoy.WithObserver(&told), buoy.WithHTTPClient(&http.Client{Transport: roundTripper(beginsOnly)})}, e.opts...), opts...)...)
						require.NoError(t, err)
						defer c.Close()
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						s, err := c.Stream(ctx, fixed())
						require.NoError(t, err)
						defer s.Close()
						require.True(t, s.Next())
						go func() { time.Sleep(time.Minute); e.end(s, cancel) }()
						if !reads {
							time.Sleep(time.Minute + time.Second/2) // the end is half done
						}
						require.False(t, s.Next())
						attempts := s.Info().Attempts
						if require.ErrorIs(t, s.Err(), e.seen); e.seen != nil {
							ce, ok := errors.AsType[*buoy.CallError](s.Err())
							require.True(t, ok)
							require.Equal(t, attempts, ce.Attempts)
						}
						require.Len(t, attempts, 1)
						require.Equal(t, e.noted, buoy.KindOf(attempts[0].Err))
						require.GreaterOrEqual(t, attempts[0].Duration, time.Minute)
						require.Positive(t, attempts[0].FirstToken)
						require.Equal(t, "req-1", attempts[0].RequestID)
						synctest.Wait()
						calls := buoytest.Events[buoy.CallEvent](&told)
						require.Len(t, calls, 1)
						require.Equal(t, attempts, calls[0].Info.Attempts)
					})
				})
			}
		}
	}
}

// beginsOnly answers with a stream of one piece, which then says nothing until its caller
// has gone.
func beginsOnly(r *http.Request) (*http.Response, error) {
	body, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "data: {\"choices\":[{\"delta\":{\"content\":\"fine\"}}]}\n\n")
		<-r.Context().Done()
		_ = w.CloseWithError(r.Context().Err())
	}()
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}, "X-Request-Id": {"req-1"}}, Body: slowToClose{body}, ContentLength: -1, Request: r,
	}, nil
}
