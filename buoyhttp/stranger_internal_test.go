package buoyhttp

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// A server whose client was closed stops: nobody that asks it has left.
func TestAClosedClient(t *testing.T) {
	d := newDesk(t, buoytest.NewServer(t))
	require.NoError(t, d.client.Close())
	for way, ask := range d.ways() {
		for _, body := range []string{hello + `}`, hello + `, "stream": true}`} {
			r := ask(body)
			require.Equal(t, http.StatusServiceUnavailable, r.StatusCode, way)
			require.Equal(t, "server_error", r.Refused(t).Type)
			require.Contains(t, r.Text, buoy.ErrClosed.Error())
		}
	}
}

// The body of a request may come from somebody who sends no more of it.
func TestACallerThatLeavesBeforeItsBodyIsThere(t *testing.T) {
	north := buoytest.NewServer(t)
	rt := Transport(newClient(t, north), nil)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		body, sender := io.Pipe()
		req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/chat/completions", body)
		ended := make(chan error, 1)
		go func() {
			_, err := rt.RoundTrip(req)
			ended <- err
		}()
		_, err := io.WriteString(sender, hello)
		require.NoError(t, err)
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		_, err = io.WriteString(sender, "}")
		require.ErrorIs(t, err, io.ErrClosedPipe)
	})
	require.Empty(t, north.Requests())
}

func TestARequestThatIsCompressed(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, north)
	for way, to := range map[string]*http.Client{"handler": http.DefaultClient, "transport": d.under} {
		req, err := http.NewRequest(http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader("\x1f\x8b"))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Content-Encoding", "gzip")
		resp, err := to.Do(req)
		require.NoError(t, err, way)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusUnsupportedMediaType, resp.StatusCode, way)
	}
	require.Empty(t, north.Requests())
}

func TestARequestOfTooManyValues(t *testing.T) {
	north := buoytest.NewServer(t)
	for way, ask := range newDesk(t, north).ways() {
		r := ask(`{"model": "small", "messages": [` + strings.Repeat("{},", 1<<18) + `{}]}`)
		require.Equal(t, http.StatusRequestEntityTooLarge, r.StatusCode, way)
	}
	require.Empty(t, north.Requests())
}

// What a handler of somebody's own tests is a request by hand.
func TestARequestWithoutABody(t *testing.T) {
	req, err := http.NewRequest(http.MethodPost, "/v1/chat/completions", nil)
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	Handler(newClient(t, buoytest.NewServer(t))).ServeHTTP(w, req)
	require.Equal(t, http.StatusBadRequest, w.Code)
}

// A provider whose JSON library ignores case would answer with the second model.
func TestAModelInOtherLetters(t *testing.T) {
	north := buoytest.NewServer(t)
	d := newDesk(t, north)
	for _, member := range []string{`"Model":"gold"`, `"MODEL":"gold"`, `"MoDels":["gold"]`, `"fallbac\u212As":[]`, `"fallbacks":[{"model":"a"},{"model":"b","Model":"gold"}]`} {
		for way, ask := range d.ways() {
			r := ask(hello + `, ` + member + `}`)
			require.Equal(t, http.StatusBadRequest, r.StatusCode, "%s %s", way, member)
			require.Equal(t, "invalid_field", *r.Refused(t).Code)
		}
	}
	require.Empty(t, north.Requests())
	for way, ask := range d.ways() {
		require.Equal(t, http.StatusOK, ask(hello+`, "Mode": 1, "x_model": "y"}`).StatusCode, way)
	}
}
