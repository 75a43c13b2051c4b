package conn

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type counted struct {
	io.Reader
	closes int
}

func (c *counted) Close() error { c.closes++; return nil }

func TestBodyIsClosedOnce(t *testing.T) {
	inner := &counted{Reader: strings.NewReader("text")}
	b := &Body{ReadCloser: inner}
	n, err := b.Read(make([]byte, 2))
	require.Equal(t, 2, n)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	require.Equal(t, 1, inner.closes)
	_, err = b.Read(make([]byte, 2))
	require.ErrorIs(t, err, http.ErrBodyReadAfterClose)
}

func TestThroughProxy(t *testing.T) {
	sorry := errors.New("Forbidden")
	req, err := http.NewRequest(http.MethodPost, "https://api.example/v1", nil)
	require.NoError(t, err)
	proxied := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:3128", User: url.UserPassword("u", "secret")})}
	require.EqualError(t, ThroughProxy(proxied, req, sorry), "through the proxy proxy.example:3128: Forbidden")
	require.ErrorIs(t, ThroughProxy(proxied, req, sorry), sorry)
	require.Equal(t, sorry, ThroughProxy(&http.Transport{}, req, sorry))
	require.Equal(t, sorry, ThroughProxy(http.NewFileTransport(http.Dir(".")), req, sorry))
}

func TestTransportsBackstop(t *testing.T) {
	require.Equal(t, 30*time.Second, Transport(time.Second).TLSHandshakeTimeout)
	require.Equal(t, time.Minute, Transport(time.Minute).TLSHandshakeTimeout)
}
