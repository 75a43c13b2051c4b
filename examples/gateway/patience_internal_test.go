package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// deadlines is a connection that remembers what it was told.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

// timedOut is a body whose sender is too slow.
type timedOut struct{}

func (timedOut) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

func chatRequest(body io.Reader) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/v1/chat/completions", body)
	req.Header.Set("Content-Type", "application/json")
	return req
}

func TestAClientThatDoesNotReadIsNotWaitedFor(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	for _, more := range []string{`}`, `, "stream": true}`} {
		conn := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		d.gateway.handler().ServeHTTP(conn, chatRequest(strings.NewReader(hello+more)))
		require.Equal(t, http.StatusOK, conn.Code)
		events := max(1, strings.Count(conn.Body.String(), "data: "))
		require.Len(t, conn.write, events, "one for each piece")
		for _, deadline := range conn.write {
			require.WithinDuration(t, time.Now().Add(writePatience), deadline, writePatience/2)
		}
	}
}

func TestAClientThatDoesNotSendIsNotWaitedFor(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, oneProvider, servers{"NORTH": north})
	conn := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	d.gateway.handler().ServeHTTP(conn, chatRequest(timedOut{}))
	require.Equal(t, http.StatusRequestTimeout, conn.Code)
	require.Len(t, conn.read, 2)
	require.WithinDuration(t, time.Now().Add(bodyPatience), conn.read[0], bodyPatience/2)
	require.Zero(t, conn.read[1], "the wait for the answer has no such bound")
	require.Empty(t, north.Requests())
}
