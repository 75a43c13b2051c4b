package record_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
	"github.com/stretchr/testify/require"
)

// A row never fails to be read, so that River does not try it again and again. What cannot
// be read is a bad request, and what can is the same again when it was written anew.
func FuzzArgs(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"hash":"x","request":"{\"model\":\"m\",\"messages\":[]}"}`, `[]`, `{"v":2}`, `{"v":1}`, `null`, `{"v":"1"}`,
		`{"v":1,"tenant":"t","model":"m","request":"{\"model\":\"m\",\"n\":1e0,\"x\":{\"b\":1.50,\"a\":\"\\u0000\"}}"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return // a database that holds it has checked that
		}
		var a record.Args
		require.NoError(t, a.UnmarshalJSON(data))
		req, err := a.Decode()
		if err != nil {
			re, ok := errors.AsType[*buoy.RequestError](err)
			require.True(t, ok)
			require.Equal(t, "job", re.Field)
			return
		}
		body, err := req.MarshalJSON()
		if err != nil {
			return // no client would have enqueued it
		}
		hash, err := record.Digest(a.Tenant, "", &req)
		if err != nil {
			return // likewise
		}
		written, err := json.Marshal(record.Args{Version: record.Version, Hash: hash, Tenant: a.Tenant, Request: string(body)})
		require.NoError(t, err)
		var b record.Args
		require.NoError(t, b.UnmarshalJSON(written))
		again, err := b.Decode()
		require.NoError(t, err)
		same, err := record.Digest(b.Tenant, "", &again)
		require.NoError(t, err)
		require.Equal(t, hash, same)
	})
}

// An answer is read or it is an error that quotes nothing of it; what was read is the same
// again when it was written anew.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"v":1,"answer":{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"total_tokens":3}},"endpoint":"e"}`,
		`{"v":1,"answer":{"choices":[]}}`, `{"v":1,"answer":[]}`, `{"v":2}`, `{}`, `null`, `{"v":1`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		resp, err := record.DecodeAnswer(data)
		if err != nil {
			require.Nil(t, resp)
			require.True(t, err.Error() == "it is damaged" || strings.HasPrefix(err.Error(), "a later version"), err)
			return
		}
		first, err := record.EncodeAnswer(resp)
		require.NoError(t, err)
		again, err := record.DecodeAnswer(first)
		require.NoError(t, err)
		second, err := record.EncodeAnswer(again)
		require.NoError(t, err)
		require.JSONEq(t, string(first), string(second))
		require.Equal(t, resp.Info.Endpoint, again.Info.Endpoint)
	})
}
