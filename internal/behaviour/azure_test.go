package behaviour_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// tokens are those of a directory: each is good for an hour.
type tokens struct {
	mu   sync.Mutex           // guards the fields below
	ends map[string]time.Time // by token
	last string
}

// get is a source that keeps its token until five minutes before the end. It takes a
// second, so a call that does not wait for it goes out with the old one.
func (k *tokens) get(ctx context.Context) ([]string, error) {
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Until(k.ends[k.last]) < 5*time.Minute {
		k.last = "token-" + strconv.Itoa(len(k.ends))
		k.ends[k.last] = time.Now().Add(time.Hour)
	}
	return []string{k.last}, nil
}

// serve refuses a token that has ended, as Azure does.
func (k *tokens) serve(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	good := time.Now().Before(k.ends[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")])
	k.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if !good {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"Unauthorized","message":"Access token has expired."}}`)
		return
	}
	_, _ = io.WriteString(w, `{"choices":[{"message":{"content":"fine"},"finish_reason":"stop"}]}`)
}

// docs/azure.md: a token that ends is replaced in time while calls are made, and by the
// first call after a pause, which does not fail.
func TestATokenThatEndsIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		directory := tokens{ends: map[string]time.Time{}}
		srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Func(directory.serve)))
		e := buoy.Azure("https://r.openai.azure.com", "dep", "2024-10-21")
		e.BaseURL, e.KeyHeader, e.KeySource = srv.URL+"/openai/deployments/dep", "", directory.get
		client, err := buoy.New(e, buoy.WithHTTPClient(srv.Client()))
		require.NoError(t, err)
		ask := func() int {
			resp, err := client.Chat(t.Context(), buoy.Request{Messages: hello.Messages})
			require.NoError(t, err)
			return len(resp.Info.Attempts)
		}
		asked := 0
		for range 90 { // a call every two minutes for three hours
			asked += ask()
			time.Sleep(2 * time.Minute)
		}
		require.Equal(t, 90, asked, "the next token was there in time")
		time.Sleep(5 * time.Hour)
		require.Equal(t, 2, ask(), "the old token, and the new one")
		require.Equal(t, 1, ask())
		last := srv.Requests()[len(srv.Requests())-1]
		require.Empty(t, last.Header.Get("Api-Key"))
		require.NoError(t, client.Close())
		time.Sleep(time.Second) // the source may still be asked
		srv.Close()
	})
}

// The page of Azure gives the base URL of the newer API, and people paste what they see.
func TestAzureOverTheNewerAPIIsRefused(t *testing.T) {
	for _, pasted := range []string{"https://name.openai.azure.com/openai/v1/", "https://name.openai.azure.com/openai/v1"} {
		_, err := buoy.New(buoy.Azure(pasted, "my-deployment", "2024-10-21", testKey))
		require.ErrorContains(t, err, `in place of buoy.Azure use buoy.Endpoint{BaseURL: "https://name.openai.azure.com/openai/v1", KeyHeader: "api-key"`)
	}
	_, err := buoy.New(buoy.Azure("https://name.openai.azure.com/", "my-deployment", "2024-10-21", testKey))
	require.NoError(t, err)
}
