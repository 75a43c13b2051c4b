package conformance_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// sent returns the body that a call of buoy puts on the wire.
func sent(t testing.TB, srv *buoytest.Server, client *buoy.Client, req buoy.Request, stream bool) []byte {
	if stream {
		s, err := client.Stream(t.Context(), req)
		require.NoError(t, err)
		require.NoError(t, s.Close())
	} else {
		_, err := client.Chat(t.Context(), req)
		require.NoError(t, err)
	}
	all := srv.Requests()
	return all[len(all)-1].Body
}

// provider returns a server that answers everything, and a client of it. Nothing
// is answered over a network: the bodies are what matters.
func provider(t testing.TB) (*buoytest.Server, *buoy.Client) {
	srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Reply("fine")))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return srv, client
}

func TestRequestsConform(t *testing.T) {
	s := load(t)
	srv, client := provider(t)
	r := rand.New(rand.NewPCG(1, 2))
	n := 300
	if testing.Short() {
		n = 50
	}
	set := make(map[string]bool)
	for i := range n {
		req := randomRequest(r)
		body := sent(t, srv, client, req, i%2 == 1)
		conforms(t, s.request, body)

		// And what is stored of it, which buoy reads again.
		stored, err := json.Marshal(req)
		require.NoError(t, err)
		conforms(t, s.request, stored)
		var again buoy.Request
		require.NoError(t, json.Unmarshal(stored, &again))
		restored, err := json.Marshal(again)
		require.NoError(t, err)
		require.JSONEq(t, string(stored), string(restored))

		v := reflect.ValueOf(req)
		for j := range v.NumField() {
			if !v.Field(j).IsZero() {
				set[v.Type().Field(j).Name] = true
			}
		}
	}
	fields := reflect.TypeFor[buoy.Request]()
	for i := range fields.NumField() {
		if !fields.Field(i).IsExported() {
			continue // what a request that was read keeps for the way back
		}
		require.True(t, set[fields.Field(i).Name], "no random request has %s", fields.Field(i).Name)
	}
}

// An answer that is appended to the next request conforms there, too.
func TestAnswersConformWhenSentBack(t *testing.T) {
	s := load(t)
	for _, answer := range answers() {
		for _, stream := range []bool{false, true} {
			srv := buoytest.NewMemServer(t, buoytest.ReplyWith(answer), buoytest.Reply("fine"))
			client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
			require.NoError(t, err)
			req := buoy.Request{Model: "gpt-4o", Messages: []buoy.Message{buoy.User("hi")}}
			resp := whole(t, client, req, stream)
			req.Messages = append(req.Messages, resp.Choices[0].Message)
			for _, call := range resp.ToolCalls() {
				req.Messages = append(req.Messages, buoy.ToolResult(call.ID, "done"))
			}
			conforms(t, s.request, sent(t, srv, client, req, false))
			require.NoError(t, client.Close())
		}
	}
}

// whole returns the answer to a request, assembled if it is streamed.
func whole(t testing.TB, client *buoy.Client, req buoy.Request, stream bool) *buoy.Response {
	if !stream {
		resp, err := client.Chat(t.Context(), req)
		require.NoError(t, err)
		return resp
	}
	events, err := client.Stream(t.Context(), req)
	require.NoError(t, err)
	for _, err := range events.Chunks() {
		require.NoError(t, err)
	}
	return events.Response()
}
