package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/memnet"
)

// pair returns both ends of one connection that went through a listener.
func pair(t *testing.T) (client, server *memnet.Conn) {
	t.Helper()
	l := memnet.Listen()
	t.Cleanup(func() { _ = l.Close() })
	c, err := l.Dial(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	return c.(*memnet.Conn), s.(*memnet.Conn)
}

func TestConnDoesNotNeedAReaderToWrite(t *testing.T) {
	client, server := pair(t)
	_, err := client.Write([]byte("hello"))
	require.NoError(t, err)
	require.NoError(t, client.Close())

	got, err := io.ReadAll(server)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got))
}

func TestConnHoldsUpAWriterWhoseReaderSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB, sixteen windows
		done := make(chan error, 1)
		go func() {
			_, err := client.Write(sent)
			_ = client.Close()
			done <- err
		}()
		synctest.Wait()
		select {
		case <-done:
			t.Fatal("a write of 1 MiB ended though nobody read")
		default:
		}
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		require.NoError(t, <-done)
		require.True(t, bytes.Equal(sent, got), "the bytes arrive unchanged and in order")
	})
}

func TestConnOneByteAtATime(t *testing.T) {
	client, server := pair(t)
	sent := bytes.Repeat([]byte("split me "), 500)
	go func() {
		for i := range sent {
			_, _ = client.Write(sent[i : i+1])
		}
		_ = client.Close()
	}()
	var got []byte
	one := make([]byte, 1)
	for {
		n, err := server.Read(one)
		got = append(got, one[:n]...)
		if err != nil {
			require.Equal(t, io.EOF, err)
			break
		}
	}
	require.Equal(t, string(sent), string(got))
}

func TestConnEnds(t *testing.T) {
	type ends struct{ client, server *memnet.Conn }
	read := func(c *memnet.Conn) error { _, err := c.Read(make([]byte, 8)); return err }
	write := func(c *memnet.Conn) error { _, err := c.Write([]byte("x")); return err }
	for _, tt := range []struct {
		name                                           string
		end                                            func(ends) error
		myRead, myWrite, theirFirst, theirs, theirNext error // theirFirst: with "last" under way
	}{
		{"close", func(e ends) error { return e.client.Close() },
			net.ErrClosed, net.ErrClosed, nil, io.EOF, syscall.EPIPE},
		{"reset", func(e ends) error { return e.client.Reset() },
			net.ErrClosed, net.ErrClosed, nil, syscall.ECONNRESET, syscall.ECONNRESET},
		{"reset then close", func(e ends) error { return errors.Join(e.client.Reset(), ignore(e.client.Close())) },
			net.ErrClosed, net.ErrClosed, nil, syscall.ECONNRESET, syscall.ECONNRESET},
		{"they closed first", func(e ends) error { return errors.Join(e.client.Close(), e.server.Close()) },
			net.ErrClosed, net.ErrClosed, net.ErrClosed, net.ErrClosed, net.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, server := pair(t)
			_, err := client.Write([]byte("last"))
			require.NoError(t, err)
			require.NoError(t, tt.end(ends{client, server}))

			require.ErrorIs(t, read(client), tt.myRead)
			require.ErrorIs(t, write(client), tt.myWrite)
			require.ErrorIs(t, read(server), tt.theirFirst)
			require.ErrorIs(t, read(server), tt.theirs)
			require.ErrorIs(t, write(server), tt.theirNext)
		})
	}
}

func ignore(error) error { return nil }

func TestConnHalfClose(t *testing.T) {
	client, server := pair(t)
	_, err := client.Write([]byte("question"))
	require.NoError(t, err)
	require.NoError(t, client.CloseWrite())
	_, err = client.Write([]byte("more"))
	require.ErrorIs(t, err, syscall.EPIPE)

	got, err := io.ReadAll(server)
	require.NoError(t, err)
	require.Equal(t, "question", string(got))
	_, err = server.Write([]byte("answer"))
	require.NoError(t, err)
	require.NoError(t, server.Close())
	got, err = io.ReadAll(client)
	require.NoError(t, err)
	require.Equal(t, "answer", string(got))
}

func TestConnErrorsLookLikeThoseOfTheNetPackage(t *testing.T) {
	client, server := pair(t)
	require.NoError(t, server.Reset())
	_, err := client.Read(make([]byte, 1))
	op, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok, "%T", err)
	require.Equal(t, "read", op.Op)
	require.Equal(t, "tcp", op.Net)
	require.False(t, op.Timeout())
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Contains(t, err.Error(), "read: connection reset by peer")
	require.ErrorIs(t, server.Close(), net.ErrClosed, "a reset connection is closed already")
}

func TestConnEndsWakeWhoWaits(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(client, server *memnet.Conn) error
		want error
	}{
		{"own close", func(c, _ *memnet.Conn) error { return c.Close() }, net.ErrClosed},
		{"their close", func(_, s *memnet.Conn) error { return s.Close() }, io.EOF},
		{"their reset", func(_, s *memnet.Conn) error { return s.Reset() }, syscall.ECONNRESET},
		{"deadline in the past", func(c, _ *memnet.Conn) error { return c.SetReadDeadline(time.Unix(1, 0)) }, os.ErrDeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := pair(t)
				got := make(chan error, 1)
				go func() {
					_, err := client.Read(make([]byte, 1))
					got <- err
				}()
				synctest.Wait()
				require.NoError(t, tt.end(client, server))
				require.ErrorIs(t, <-got, tt.want)
			})
		})
	}
}

func TestConnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair(t)
		start := time.Now()
		require.NoError(t, client.SetDeadline(start.Add(time.Minute)))
		require.NoError(t, client.SetReadDeadline(start.Add(time.Second)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.True(t, err.(net.Error).Timeout())
		require.Equal(t, time.Second, time.Since(start), "the later deadline replaced the earlier one")

		n, err := client.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 64<<10, n)
		require.Equal(t, time.Minute, time.Since(start))

		// A passed deadline stays passed until it is replaced, and bytes that wait are not lost by it.
		_, err = server.Write([]byte("later"))
		require.NoError(t, err)
		_, err = client.Read(make([]byte, 8))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NoError(t, client.SetReadDeadline(time.Time{}))
		n, err = client.Read(make([]byte, 8))
		require.NoError(t, err)
		require.Equal(t, 5, n)
	})
}

func TestListenerRefuses(t *testing.T) {
	l := memnet.Listen()
	_, err := l.Dial(t.Context(), "tcp", "127.0.0.1:2")
	require.ErrorIs(t, err, syscall.ECONNREFUSED, "nobody listens at another address")

	waiting, err := l.Dial(t.Context(), "tcp", l.Addr().String())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = waiting.Read(make([]byte, 1))
	require.ErrorIs(t, err, syscall.ECONNRESET, "what nobody accepted is reset")

	_, err = l.Dial(t.Context(), "tcp", l.Addr().String())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	op, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok)
	require.Equal(t, "dial", op.Op)
	require.Contains(t, err.Error(), l.Addr().String()+": connect: connection refused")
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	require.ErrorIs(t, l.Close(), net.ErrClosed)
}

func TestListenerDialObeysTheContext(t *testing.T) {
	l := memnet.Listen()
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := l.Dial(ctx, "tcp", l.Addr().String())
	require.ErrorIs(t, err, context.Canceled)
}

func TestListenerCloseEndsAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := memnet.Listen()
		got := make(chan error, 1)
		go func() {
			_, err := l.Accept()
			got <- err
		}()
		synctest.Wait()
		require.NoError(t, l.Close())
		require.ErrorIs(t, <-got, net.ErrClosed)
	})
}

func TestListenersHaveAddressesOfTheirOwn(t *testing.T) {
	a, b := memnet.Listen(), memnet.Listen()
	require.NotEqual(t, a.Addr().String(), b.Addr().String())
	require.True(t, a.Addr().(*net.TCPAddr).IP.IsLoopback())
}
