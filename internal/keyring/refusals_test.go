package keyring_test

import (
	"testing"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

func TestRefusals(t *testing.T) {
	var r *keyring.Refusals
	require.Empty(t, r.All())
	require.Empty(t, r.ForGood())
	a, b := new(keyring.Key), new(keyring.Key)
	r = r.With(a, false)
	before := r.All()
	r = r.With(b, true).With(b, true).With(a, false)
	require.Len(t, before, 1)
	_ = append(before, nil)
	require.Len(t, r.All(), 2)
	require.Same(t, b, r.All()[1])
	require.Len(t, r.ForGood(), 1)
	require.Len(t, r.With(a, true).ForGood(), 2)
}
