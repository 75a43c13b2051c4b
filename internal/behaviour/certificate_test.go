package behaviour_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// Where a certificate does not verify, another target is asked at once, and the same never
// again in that call.
func TestACertificateIsNotAskedAgain(t *testing.T) {
	for _, streamed := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var hosts []string
			send := roundTripper(func(req *http.Request) (*http.Response, error) {
				hosts = append(hosts, req.URL.Host)
				if req.URL.Host == "self-signed.example" {
					return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
				}
				body, ct := wholeFine, "application/json"
				if streamed {
					body, ct = ev(d(`{"content":"fine"}`), f("stop"), end), "text/event-stream"
				}
				return reply(200, ct, io.NopCloser(strings.NewReader(body))), nil
			})
			first := buoy.Endpoint{Name: "first", BaseURL: "https://self-signed.example/v1", Keys: []string{"sk-1"}}
			second := buoy.Endpoint{Name: "second", BaseURL: "https://signed.example/v1", Keys: []string{"sk-2"}}
			alone, err := buoy.New(first, buoy.WithHTTPClient(&http.Client{Transport: send}))
			require.NoError(t, err)
			began := time.Now()
			_, _, err = answerOf(t, alone, hello, streamed)
			require.ErrorIs(t, err, buoy.ErrConnection)
			require.False(t, buoy.IsRetryable(err))
			call, ok := errors.AsType[*buoy.CallError](err)
			require.True(t, ok)
			require.Equal(t, buoy.StopNotRetryable, call.Stop)
			require.Equal(t, []string{"self-signed.example"}, hosts)
			require.Zero(t, time.Since(began))

			hosts = nil
			both, err := buoy.New(first, buoy.WithHTTPClient(&http.Client{Transport: send}), buoy.WithFallback(buoy.Target{Endpoint: second}))
			require.NoError(t, err)
			resp, _, err := answerOf(t, both, hello, streamed)
			require.NoError(t, err)
			require.NotEmpty(t, resp.Text())
			require.Equal(t, []string{"self-signed.example", "signed.example"}, hosts)
			require.Zero(t, time.Since(began))
			require.NoError(t, alone.Close())
			require.NoError(t, both.Close())
		})
	}
}

// A certificate that stops to verify in the middle of a call ends no call that somebody
// else can answer: behind a stream that was cut, and beside a hedge.
func TestACertificateInTheMiddleOfACall(t *testing.T) {
	bad := &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}
	fine := func(streamed bool) (*http.Response, error) {
		if streamed {
			return reply(200, "text/event-stream", io.NopCloser(strings.NewReader(ev(d(`{"content":"one two"}`), f("stop"), end)))), nil
		}
		return reply(200, "application/json", io.NopCloser(strings.NewReader(wholeFine))), nil
	}
	cut := func(bool) (*http.Response, error) {
		return reply(200, "text/event-stream", io.NopCloser(&brokenBody{strings.NewReader(ev(d(`{"content":"one "}`))), io.ErrUnexpectedEOF})), nil
	}
	unverified := func(bool) (*http.Response, error) { return nil, bad }
	later := func(wait time.Duration, f func(bool) (*http.Response, error)) func(bool) (*http.Response, error) {
		return func(streamed bool) (*http.Response, error) {
			time.Sleep(wait)
			return f(streamed)
		}
	}
	hedge := buoy.WithHedge(buoy.HedgePolicy{After: time.Second})
	for name, row := range map[string]struct {
		opt           buoy.Option
		keys          []string
		first, second []func(bool) (*http.Response, error)
		streamed      []bool
		asked         []string
	}{
		"restarted":            {buoy.WithStreamRecovery(buoy.RecoverRestart), []string{"a"}, []func(bool) (*http.Response, error){cut, unverified}, []func(bool) (*http.Response, error){fine}, []bool{true}, []string{"first", "first", "second"}},
		"continued":            {buoy.WithStreamRecovery(buoy.RecoverContinue), []string{"a"}, []func(bool) (*http.Response, error){cut, unverified}, []func(bool) (*http.Response, error){fine}, []bool{true}, []string{"first", "first", "second"}},
		"the hedge's":          {hedge, []string{"a", "b"}, []func(bool) (*http.Response, error){later(3*time.Second, fine), unverified}, nil, []bool{false, true}, []string{"first", "first"}},
		"the first's":          {hedge, []string{"a"}, []func(bool) (*http.Response, error){later(3*time.Second, unverified)}, []func(bool) (*http.Response, error){later(5*time.Second, fine)}, []bool{false, true}, []string{"first", "second"}},
		"the first's, at once": {hedge, []string{"a"}, []func(bool) (*http.Response, error){unverified}, []func(bool) (*http.Response, error){fine}, []bool{false, true}, []string{"first", "second"}},
	} {
		for _, streamed := range row.streamed {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var mu sync.Mutex
					var asked []string
					steps := map[string][]func(bool) (*http.Response, error){"first": row.first, "second": row.second}
					send := roundTripper(func(req *http.Request) (*http.Response, error) {
						mu.Lock()
						host := strings.TrimSuffix(req.URL.Host, ".example")
						asked = append(asked, host)
						step := steps[host][0]
						steps[host] = steps[host][1:]
						mu.Unlock()
						return step(streamed)
					})
					client, err := buoy.New(buoy.Endpoint{Name: "first", BaseURL: "https://first.example/v1", Keys: row.keys}, row.opt, buoy.WithHTTPClient(&http.Client{Transport: send}),
						buoy.WithFallback(buoy.Target{Endpoint: buoy.Endpoint{Name: "second", BaseURL: "https://second.example/v1", Keys: []string{"c"}}}))
					require.NoError(t, err)
					resp, _, err := answerOf(t, client, hello, streamed)
					require.NoError(t, err)
					require.NotEmpty(t, resp.Text())
					require.Equal(t, row.asked, asked)
					require.NoError(t, client.Close())
				})
			})
		}
	}
}
