package behaviour_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
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
