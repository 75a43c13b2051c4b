package progress

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABodyTellsHowFarSendingHasCome(t *testing.T) {
	var p Phase
	b := NewBody(&p, []byte("abc"))
	steps := func() []any { return []any{p.Op(), p.Sent(), p.Awaits()} }
	require.Equal(t, []any{"dial", false, false}, steps())

	buf := make([]byte, 2)
	n, err := b.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "ab", string(buf[:n]))
	require.Equal(t, []any{"send", true, false}, steps())
	n, err = b.Read(buf)
	require.NoError(t, err)
	require.Equal(t, "c", string(buf[:n]))
	require.Equal(t, []any{"await", true, true}, steps())
	_, err = b.Read(buf)
	require.Equal(t, io.EOF, err)

	p.Replied()
	require.Equal(t, []any{"read", true, true}, steps())
	p.WroteAll()
	require.Equal(t, "read", p.Op(), "a late note changes nothing")
}

func TestARequestWithoutABody(t *testing.T) {
	var p Phase
	p.WroteAll()
	require.Equal(t, "await", p.Op())
}
