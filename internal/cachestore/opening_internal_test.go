package cachestore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What Encode writes is read without a reader of JSON.
func TestOpeningIsUsual(t *testing.T) {
	want := Entry{
		Stored: time.UnixMilli(1_790_000_000_123), Until: time.UnixMilli(1_790_000_060_123),
		Endpoint: "api.openai.com", Model: "gpt-4o-mini", RequestID: "req_1", Response: []byte(`{"id":"1"}`),
	}
	for _, drop := range []func(e *Entry){func(*Entry) {}, func(e *Entry) { e.RequestID = "" }, func(e *Entry) { e.Endpoint, e.Model = "", "" }} {
		drop(&want)
		var got Entry
		require.True(t, got.decodeOpening(want.Encode("k")[covered:], "k"))
		require.Equal(t, want, got)
		require.False(t, got.decodeOpening(want.Encode("k")[covered:], "K"))
	}
	escaped := want
	escaped.RequestID = "r\"1\"\u00e9\n"
	var got Entry
	require.False(t, got.decodeOpening(escaped.Encode("k")[covered:], "k"))
	require.NoError(t, got.Decode(escaped.Encode("k"), "k"))
	require.Equal(t, escaped, got)
}

// FuzzOpening holds the quick way to read a value against the reader of JSON: what it
// takes, the other reads in the same way.
func FuzzOpening(f *testing.F) {
	e := Entry{Stored: time.UnixMilli(1), Until: time.UnixMilli(1_790_000_060_123), Endpoint: "h", Model: "m", RequestID: "r", Response: []byte(`{"id":"1"}`)}
	f.Add(e.Encode("k")[covered:], "k", "h", "m")
	e.Endpoint, e.Model = "a\\", "\u00e9"
	f.Add(e.Encode("k\"")[covered:], "k\"", `a\\`, "")
	f.Add([]byte(`,"key":"a","stored":2,"b":"","stored":1,"until":7,"endpoint":"","request_id":"x","response":{}}`), `a","stored":2,"b":"`, "old", "")
	f.Add([]byte(`,"key":"","stored":007,"until":9999999999999999,"response":{}}`), "", "", "")
	f.Fuzz(func(t *testing.T, value []byte, key, endpoint, model string) {
		old := Entry{Endpoint: endpoint, Model: model, RequestID: "old"}
		quick, slow := old, old
		if !quick.decodeOpening(value, key) {
			return
		}
		require.NoError(t, slow.decodeJSON(append([]byte(head+`00000000"`), value...), key))
		require.Equal(t, slow, quick)
	})
}
