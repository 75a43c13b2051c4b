package replay_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync/atomic"
	"testing"

	"github.com/buoy-go/buoy/internal/replay"
	"github.com/stretchr/testify/require"
)

// What a judge does not know of a connection it judges by the body alone; the bytes
// of counted ones tell more.
func TestJudge(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	go func() { _, _ = io.Copy(io.Discard, server) }()
	dial := replay.Counting(func(context.Context, string, string) (net.Conn, error) { return client, nil })
	conn, err := dial(t.Context(), "tcp", "")
	require.NoError(t, err)
	_, err = conn.Write(make([]byte, 1000)) // of the request before
	require.NoError(t, err)

	var plain, counted replay.Judge
	require.NoError(t, plain.Again(10, false))
	require.ErrorIs(t, plain.Again(10, true), replay.ErrWritten)
	plain.GotConn(httptrace.GotConnInfo{Conn: server})
	require.ErrorIs(t, plain.Again(10, true), replay.ErrWritten)

	counted.GotConn(httptrace.GotConnInfo{Conn: conn})
	require.NoError(t, counted.Again(10, true), "it lies in a buffer")
	_, err = conn.Write(make([]byte, 9))
	require.NoError(t, err)
	require.NoError(t, counted.Again(10, true))
	_, err = conn.Write(make([]byte, 1))
	require.NoError(t, err)
	require.ErrorIs(t, counted.Again(10, true), replay.ErrWritten)
	require.NoError(t, counted.Again(10, false))
}

func TestCountingPassesErrorsOn(t *testing.T) {
	_, err := replay.Counting(func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF })(t.Context(), "", "")
	require.ErrorIs(t, err, io.EOF)
}

// Over HTTP/2 a server says what it has not looked at, and that goes again.
func TestJudgeKnowsHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	for _, http2 := range []bool{true, false} {
		tr := srv.Client().Transport.(*http.Transport).Clone()
		tr.ForceAttemptHTTP2 = http2
		if !http2 {
			tr.Protocols = new(http.Protocols)
			tr.Protocols.SetHTTP1(true)
			tr.TLSClientConfig.NextProtos = nil
		}
		var written atomic.Int64
		tr.DialContext = replay.Counting(new(net.Dialer).DialContext)
		var j replay.Judge
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { j.GotConn(i); written.Add(1) }})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL, bytes.NewReader(make([]byte, 100)))
		require.NoError(t, err)
		resp, err := (&http.Client{Transport: tr}).Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		require.NotZero(t, written.Load())
		if again := j.Again(100, true); http2 {
			require.NoError(t, again)
		} else {
			require.ErrorIs(t, again, replay.ErrWritten)
		}
		tr.CloseIdleConnections()
	}
}
