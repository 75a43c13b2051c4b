package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/status"
)

func TestTheShortStatusIsWholeJSON(t *testing.T) {
	long := status.Client{Version: "v1", Endpoints: []status.Endpoint{{Name: "a", Minutes: make([]status.Minute, 60)}, {Name: "b"}}, Keys: []status.Key{{Label: "key-1"}}}
	long.Endpoints[0].Minutes[59].Requests = 7
	text, err := json.Marshal(long)
	require.NoError(t, err)
	got, err := withoutMinutes(string(text))
	require.NoError(t, err)
	require.Less(t, len(got), 800)
	var back status.Client
	require.NoError(t, json.Unmarshal([]byte(got), &back))
	require.Equal(t, []status.Minute{{Requests: 7}}, back.Endpoints[0].Minutes)
	require.Equal(t, long.Keys, back.Keys)
	_, err = withoutMinutes("{")
	require.Error(t, err)
}
