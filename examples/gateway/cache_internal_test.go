package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Each token has answers of its own, whole and streamed; a client that wants none says so.
func TestACache(t *testing.T) {
	north := buoytest.NewServer(t, buoytest.Reply("1"), buoytest.Reply("2"), buoytest.Reply("3"))
	d := newDesk(t, strings.Replace(oneProvider, "{", `{"client_tokens": ["TOKEN", "KEY"], "cache": {"memory_bytes": 65536, "ttl": "1h", "coalesce": true},`, 1), servers{"NORTH": north})
	ann, bob := "Authorization: Bearer "+clientToken, "Authorization: Bearer "+providerKey
	fixed := hello + `, "temperature": 0.0`
	ask := func(body string, headers ...string) reply {
		r := d.post(body, headers...)
		require.Equal(t, http.StatusOK, r.StatusCode, r.Text)
		return r
	}
	require.Contains(t, ask(fixed+`}`, ann).Text, `"1"`)
	r := ask(fixed+`}`, ann)
	require.Contains(t, r.Text, `"1"`)
	require.Contains(t, []string{"memory", "pending"}, r.Header.Get("X-Buoy-Cache"))
	r = ask(fixed+`, "stream": true}`, ann)
	require.Equal(t, "1", text(t, r.Events(t)))
	require.NotEmpty(t, r.Header.Get("X-Buoy-Cache"))
	r = ask(fixed+`}`, bob)
	require.Contains(t, r.Text, `"2"`)
	require.Empty(t, r.Header.Get("X-Buoy-Cache"))
	require.Contains(t, ask(fixed+`}`, ann, "Cache-Control: no-store").Text, `"3"`)
	require.Contains(t, ask(fixed+`}`, ann).Text, `"1"`)
	require.Len(t, north.Requests(), 3)
	ask(hello+`}`, ann)
	ask(hello+`}`, ann)
	require.Len(t, north.Requests(), 5, "it asks for another answer each time")
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(10_000)
		for i := range 1000 {
			require.NoError(t, m.Set(t.Context(), fmt.Sprint(i), make([]byte, 500), time.Hour))
			if i%10 == 0 {
				_, _, _ = m.Get(t.Context(), "0") // which stays, since it is used
			}
			require.LessOrEqual(t, m.size, 10_000)
			require.Equal(t, m.order.Len(), len(m.entries))
		}
		_, ok, _ := m.Get(t.Context(), "0")
		require.True(t, ok)
		_, ok, _ = m.Get(t.Context(), "900")
		require.False(t, ok)
		require.NoError(t, m.Set(t.Context(), "0", make([]byte, 20_000), time.Hour))
		_, ok, _ = m.Get(t.Context(), "0")
		require.False(t, ok, "larger than all, and the old one is gone")
		time.Sleep(2 * time.Hour)
		_, ok, _ = m.Get(t.Context(), "999")
		require.False(t, ok)
	})
}
