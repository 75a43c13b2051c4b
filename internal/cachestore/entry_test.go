package cachestore_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/cachestore"
	"github.com/stretchr/testify/require"
)

const reply = `{"id":"1","zeta":{"b":1.50,"a":12345678901234567890},"choices":[{"index":0,"message":{"role":"assistant","content":"Rayleigh."},"finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":0,"completion_tokens":2}}`

var entry = cachestore.Entry{
	Stored: time.UnixMilli(1_790_000_000_123), Until: time.UnixMilli(1_790_000_060_123),
	Endpoint: "api.openai.com", Model: "gpt-4o-mini", RequestID: "req_1", Response: json.RawMessage(reply),
}

func TestEntry(t *testing.T) {
	value := entry.Encode("k")
	require.True(t, json.Valid(value))
	var got cachestore.Entry
	require.NoError(t, got.Decode(value, "k"))
	require.Equal(t, entry, got)
	require.Equal(t, reply, string(got.Response), "not one byte of the reply has changed")
	var resp chat.Response
	require.NoError(t, got.Answer(chat.Asked{N: 1}, &resp))
	require.Equal(t, "Rayleigh.", resp.Text())

	require.NoError(t, (&cachestore.Entry{Response: json.RawMessage(reply)}).Decode((&cachestore.Entry{Response: json.RawMessage(reply)}).Encode("k"), "k"))
}

// Whatever single byte of a value changes, or is missing, it is none.
func TestDamagedEntry(t *testing.T) {
	value := entry.Encode("k")
	var got cachestore.Entry
	for i := range value {
		for _, bit := range []byte{1, 0x20, 0x80} {
			damaged := append([]byte(nil), value...)
			damaged[i] ^= bit
			if i >= len(`{"buoy":1,"sum":"`) && i < len(`{"buoy":1,"sum":"`)+8 && strings.EqualFold(string(damaged), string(value)) {
				continue // a digit of the sum in another case
			}
			require.ErrorIs(t, got.Decode(damaged, "k"), cachestore.ErrDamaged, "byte %d", i)
		}
		require.ErrorIs(t, got.Decode(value[:i], "k"), cachestore.ErrDamaged)
		require.ErrorIs(t, got.Decode(append(append([]byte(nil), value...), value[:i+1]...), "k"), cachestore.ErrDamaged)
	}
	require.ErrorIs(t, got.Decode(value, "another key"), cachestore.ErrDamaged, "it is another request's answer")
	for _, garbage := range []string{"", "null", "{}", "garbage", `{"buoy":2}`, strings.Repeat("x", 1000), `{"buoy":1,"sum":"00000000",`, `{"buoy":1,"sum":"-0000000",}`} {
		require.ErrorIs(t, got.Decode([]byte(garbage), "k"), cachestore.ErrDamaged)
	}

	// A sum that is right does not make an answer of it.
	var resp chat.Response
	for _, response := range []string{`{}`, `{"choices":[]}`, `{"error":{"message":"no"}}`, `{"choices":[{"message":{"content":"half"},"finish_reason":"length"}]}`, `{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}`} {
		e := cachestore.Entry{Response: json.RawMessage(response)}
		require.NoError(t, got.Decode(e.Encode("k"), "k"))
		require.ErrorIs(t, got.Answer(chat.Asked{N: 1}, &resp), cachestore.ErrDamaged, response)
	}
	for _, response := range []string{`[]`, `7`, `{"a":1},"key":"other"`, `{`} {
		e := cachestore.Entry{Response: json.RawMessage(response)}
		err := got.Decode(e.Encode("k"), "k")
		if err == nil {
			err = got.Answer(chat.Asked{N: 1}, &resp)
		}
		require.ErrorIs(t, err, cachestore.ErrDamaged, response)
	}
}

func TestDecodingAgainCostsNoMemory(t *testing.T) {
	value := entry.Encode("k")
	got := entry
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = got.Decode(value, "k") }))
}

// FuzzEntry looks for a value that breaks the decoder, or is taken for an entry and
// cannot be written again.
func FuzzEntry(f *testing.F) {
	f.Add(entry.Encode("k"), "k")
	f.Add([]byte(`{"buoy":1,"sum":"00000000","key":"k"}`), "k")
	f.Add([]byte("garbage"), "")
	f.Fuzz(func(t *testing.T, value []byte, key string) {
		var e, again cachestore.Entry
		if e.Decode(value, key) != nil {
			// The fuzzer will not guess a checksum: take the bytes for a response.
			made := cachestore.Entry{Response: value, Endpoint: key}
			if again.Decode(made.Encode(key), key) == nil {
				var resp chat.Response
				_ = again.Answer(chat.Asked{N: 1}, &resp)
			}
			return
		}
		require.NoError(t, again.Decode(e.Encode(key), key))
		require.Equal(t, e, again)
	})
}

func BenchmarkDecode(b *testing.B) {
	value := entry.Encode("k")
	got := entry
	b.ReportAllocs()
	for b.Loop() {
		if got.Decode(value, "k") != nil {
			b.Fatal("damaged")
		}
	}
}
