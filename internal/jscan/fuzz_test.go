package jscan_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/jscan"
)

func FuzzCursor(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var c jscan.Cursor
		c.Reset(text)
		c.Skip()
		if err := c.End(); err != jscan.ErrDepth {
			require.Equal(t, json.Valid(text), err == nil)
		}
		sameString(t, text)
		sameNumber(t, text)
	})
}

func sameNumber(t *testing.T, text []byte) {
	var c jscan.Cursor
	c.Reset(text)
	if c.Kind() != jscan.Number || !json.Valid(text) {
		return
	}
	var want float64
	wantOK := json.Unmarshal(text, &want) == nil
	got, ok := c.Float()
	require.Equal(t, wantOK, ok)
	require.Equal(t, want, got)

	var exact int64
	if json.Unmarshal(text, &exact) == nil {
		c.Reset(text)
		n, ok := c.Int()
		require.True(t, ok)
		require.Equal(t, exact, n)
	}
}
