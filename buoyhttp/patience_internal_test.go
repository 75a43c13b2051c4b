package buoyhttp

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
	d := newDesk(t, north)
	for _, more := range []string{`}`, `, "stream": true}`} {
		conn := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		d.handler.ServeHTTP(conn, chatRequest(strings.NewReader(hello+more)))
		require.Equal(t, http.StatusOK, conn.Code)
		require.NotEmpty(t, conn.write, "one for each piece")
		for _, deadline := range conn.write {
			require.WithinDuration(t, time.Now().Add(writePatience), deadline, writePatience/2)
		}
	}
}

func TestTheWaitForTheAnswerIsNotThatForTheRequest(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t))
	conn := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	d.handler.ServeHTTP(conn, chatRequest(strings.NewReader(hello+`}`)))
	require.Equal(t, http.StatusOK, conn.Code)
	require.Zero(t, conn.read[len(conn.read)-1])
}

// bare is a ResponseWriter that can do nothing but what it must.
type bare struct{ w *httptest.ResponseRecorder }

func (b bare) Header() http.Header         { return b.w.Header() }
func (b bare) WriteHeader(status int)      { b.w.WriteHeader(status) }
func (b bare) Write(p []byte) (int, error) { return b.w.Write(p) }

// Such a writer is what a middleware of somebody's may leave of net/http's.
func TestAWriterWithoutDeadlines(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t, buoytest.Always(buoytest.Stream("Hel", "lo!"))))
	for name, writer := range map[string]func(*httptest.ResponseRecorder) http.ResponseWriter{
		"and without Flush": func(w *httptest.ResponseRecorder) http.ResponseWriter { return bare{w} },
		"but with Flush":    func(w *httptest.ResponseRecorder) http.ResponseWriter { return w },
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(writer(w), chatRequest(strings.NewReader(hello+`, "stream": true}`)))
			r := received{Response: w.Result(), Text: w.Body.String()}
			require.Equal(t, "Hello!", text(t, r.Events(t)))
			w = httptest.NewRecorder()
			d.handler.ServeHTTP(writer(w), chatRequest(strings.NewReader(hello+`}`)))
			require.Contains(t, w.Body.String(), "Hello!")
		})
	}
}

func TestAClientThatDoesNotSendIsNotWaitedFor(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, north)
	conn := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	d.handler.ServeHTTP(conn, chatRequest(timedOut{}))
	require.Equal(t, http.StatusRequestTimeout, conn.Code)
	require.Len(t, conn.read, 2)
	require.WithinDuration(t, time.Now().Add(bodyPause), conn.read[0], bodyPause/2)
	require.WithinDuration(t, time.Now().Add(lingering), conn.read[1], lingering/2, "what is still to come is not waited for")
	require.Equal(t, "close", conn.Header().Get("Connection"))
	require.Empty(t, north.Requests())
}
