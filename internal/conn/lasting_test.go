package conn

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func quiet(h http.Handler) *httptest.Server {
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	return srv
}

// over sends a request with a client's own transport.
func over(t *testing.T, url string, trusts *x509.CertPool, name string, proxy *url.URL) error {
	rt := Transport(10 * time.Second)
	rt.TLSClientConfig = &tls.Config{RootCAs: trusts, ServerName: name}
	rt.Proxy = http.ProxyURL(proxy)
	defer rt.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return ThroughProxy(rt, req, err)
	}
	return resp.Body.Close()
}

// What real servers refuse stays refused.
func TestLastingOnTheWire(t *testing.T) {
	ok := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	secure := quiet(ok)
	secure.StartTLS()
	defer secure.Close()
	plain := quiet(ok)
	plain.Start()
	defer plain.Close()
	known := x509.NewCertPool()
	known.AddCert(secure.Certificate())
	require.NoError(t, over(t, secure.URL, known, "", nil))

	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		mutual := quiet(ok)
		mutual.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: version}
		mutual.StartTLS()
		err := over(t, mutual.URL, known, "", nil)
		require.Error(t, err)
		require.True(t, Lasting(err), "%v", err)
		mutual.Close()
	}
	for what, err := range map[string]error{
		"nobody whom we know signed it":    over(t, secure.URL, x509.NewCertPool(), "", nil),
		"it is another server's":           over(t, secure.URL, known, "api.other.example", nil),
		"the server does not speak TLS":    over(t, strings.Replace(plain.URL, "http:", "https:", 1), known, "", nil),
		"the server speaks TLS alone":      over(t, "http://"+alerting(t), nil, "", nil),
		"the proxy wants to know who asks": over(t, secure.URL, known, "", proxying(t, 407)),
		"the proxy forbids it":             over(t, secure.URL, known, "", proxying(t, 403)),
	} {
		require.Error(t, err, what)
		require.True(t, Lasting(err), "%s: %v", what, err)
	}
	for _, status := range []int{502, 503, 504} {
		err := over(t, secure.URL, known, "", proxying(t, status))
		require.ErrorContains(t, err, http.StatusText(status))
		require.False(t, Lasting(err), "%v", err)
	}
	require.ErrorContains(t, over(t, secure.URL, known, "", proxying(t, 403)), ": Forbidden")
}

// proxying is a proxy that answers each CONNECT with a status.
func proxying(t *testing.T, status int) *url.URL {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(srv.Close)
	u, err := url.Parse(srv.URL)
	require.NoError(t, err)
	return u
}

// alerting is a server that answers what is not TLS as OpenSSL does.
func alerting(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Read(make([]byte, 4096))
		_, _ = c.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
		_ = c.Close()
	}()
	return l.Addr().String()
}

func TestLasting(t *testing.T) {
	expired := x509.CertificateInvalidError{Reason: x509.Expired}
	for _, err := range []error{
		expired, x509.UnknownAuthorityError{}, x509.HostnameError{Certificate: new(x509.Certificate)},
		fmt.Errorf("dial: %w", &tls.CertificateVerificationError{Err: expired}),
	} {
		require.True(t, Lasting(err), "%T", err)
	}
	for _, err := range []error{
		nil, io.EOF, io.ErrUnexpectedEOF, errors.New("certificate"), errors.New("malformed HTTP response"),
		&net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED},
		&net.OpError{Op: "remote error", Err: errors.New("tls: internal error")},
		&net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true},
	} {
		require.False(t, Lasting(err), "%v", err)
	}
}
