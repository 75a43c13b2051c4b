package frame_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy/buoycache/internal/frame"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

var (
	key1, key2 = bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 16)
	text       = []byte(strings.Repeat("All happy families are alike; ", 200))
	times      = frame.Times{Born: time.UnixMilli(1_000_000), Expires: time.UnixMilli(1_060_000)}
)

func codec(t testing.TB, keys ...[]byte) *frame.Codec {
	t.Helper()
	c, err := frame.New(keys...)
	require.NoError(t, err)
	return c
}

func encode(t testing.TB, c *frame.Codec, name string, value []byte) []byte {
	t.Helper()
	f, err := c.Encode(name, value, times)
	require.NoError(t, err)
	return f
}

func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func TestWhatGoesInComesOut(t *testing.T) {
	for _, c := range []*frame.Codec{codec(t), codec(t, key1), codec(t, key2, key1)} {
		for _, value := range [][]byte{{}, {0}, []byte("short"), noise(5000), text, bytes.Repeat([]byte{0}, 1<<20)} {
			f := encode(t, c, "name", value)
			require.Equal(t, int64(1_060_000), frame.Expires(f))
			got, when, err := c.Decode("name", f)
			require.NoError(t, err)
			require.Equal(t, value, got)
			require.True(t, when.Born.Equal(times.Born) && when.Expires.Equal(times.Expires))
			clear(f)
			require.Equal(t, value, got, "the value has memory of its own")
		}
	}
}

func TestCompressedWhereItPays(t *testing.T) {
	require.Less(t, len(encode(t, codec(t), "name", text)), len(text)/4)
	require.Less(t, len(encode(t, codec(t, key1), "name", text)), len(text)/4, "before it is encrypted")
	require.Len(t, encode(t, codec(t), "name", noise(5000)), 5032)
	require.Len(t, encode(t, codec(t), "name", text[:1000]), 1032, "small values stay as they are")
}

// Whatever single byte changes, and wherever it is cut, a frame is refused.
func TestDamageIsFound(t *testing.T) {
	for _, c := range []*frame.Codec{codec(t), codec(t, key1)} {
		for _, value := range [][]byte{[]byte("short"), text} {
			f := encode(t, c, "name", value)
			for i := range f {
				g := bytes.Clone(f)
				g[i] ^= 1 << (i % 8)
				_, _, err := c.Decode("name", g)
				require.Error(t, err, "byte %d", i)
				_, _, err = c.Decode("name", f[:i])
				require.Error(t, err, "cut at %d", i)
			}
			_, _, err := c.Decode("name", append(bytes.Clone(f), 0))
			require.ErrorIs(t, err, frame.ErrDamaged)
			_, _, err = c.Decode("another", f)
			require.ErrorIs(t, err, frame.ErrDamaged, "a value belongs to its name")
		}
	}
}

func TestKeys(t *testing.T) {
	old := encode(t, codec(t, key1), "name", text)
	require.NotContains(t, string(old), "families")
	for _, tc := range []struct {
		name string
		c    *frame.Codec
		err  error
	}{
		{"rotated", codec(t, key2, key1), nil},
		{"another key", codec(t, key2), frame.ErrForeign},
		{"no key", codec(t), frame.ErrForeign},
	} {
		_, _, err := tc.c.Decode("name", old)
		require.ErrorIs(t, err, tc.err, tc.name)
	}
	rotated := encode(t, codec(t, key2, key1), "name", text)
	_, _, err := codec(t, key2).Decode("name", rotated)
	require.NoError(t, err, "the first key encrypts")

	_, _, err = codec(t, key1).Decode("name", encode(t, codec(t), "name", text))
	require.ErrorIs(t, err, frame.ErrForeign, "who can write the file could put in answers that are not encrypted")
	require.NotEqual(t, encode(t, codec(t, key1), "name", text), encode(t, codec(t, key1), "name", text), "a nonce is used once")

	for _, n := range []int{0, 5, 31, 33} {
		_, err := frame.New(key1, make([]byte, n))
		require.ErrorContains(t, err, "encryption key 2")
		require.ErrorContains(t, err, "openssl rand 32")
	}
}

// forged is a frame with a right sum, as somebody makes it who means harm.
func forged(name string, flags byte, size uint32, body []byte) []byte {
	f := make([]byte, 32, 32+len(body))
	binary.BigEndian.PutUint64(f, 1<<40)
	copy(f[16:], "bc\x01")
	f[19] = flags
	binary.BigEndian.PutUint32(f[20:], size)
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Checksum([]byte(name), table)
	sum = crc32.Update(sum, table, f[:28])
	sum = crc32.Update(sum, table, body)
	binary.BigEndian.PutUint32(f[28:], sum)
	return append(f, body...)
}

func TestBombs(t *testing.T) {
	packer, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	bomb := packer.EncodeAll(make([]byte, 48<<20), nil)
	require.Less(t, len(bomb), 1<<20)
	var streamed bytes.Buffer // says nothing of its size
	w, err := zstd.NewWriter(&streamed, zstd.WithEncoderConcurrency(1))
	require.NoError(t, err)
	for range 48 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	require.NoError(t, w.Close())

	c := codec(t)
	_, _, err = c.Decode("name", forged("name", 0, 3, []byte("abc")))
	require.NoError(t, err, "the forger knows how")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, body := range [][]byte{bomb, streamed.Bytes(), nil, {0}} {
		for _, size := range []uint32{0, 100, 1 << 20, frame.MaxValue, frame.MaxValue + 1, 1<<32 - 1} {
			_, _, err := c.Decode("name", forged("name", 1, size, body))
			if size != 0 || len(body) > 0 {
				require.Error(t, err)
			}
		}
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(10*frame.MaxValue))
}

func TestTooLarge(t *testing.T) {
	_, err := codec(t).Encode("name", make([]byte, frame.MaxValue+1), times)
	require.ErrorContains(t, err, "at most 33554432")
}

func TestLeft(t *testing.T) {
	require.Equal(t, 59*time.Second, times.Left(times.Born.Add(time.Second)))
	require.Equal(t, time.Minute, times.Left(times.Born.Add(-time.Hour)), "a clock that was set back prolongs nothing")
	require.Negative(t, times.Left(times.Expires.Add(time.Second)))
}

func FuzzDecode(f *testing.F) {
	plain, secret := codec(f), codec(f, key1, key2)
	f.Add("name", encode(f, plain, "name", []byte("short")))
	f.Add("name", encode(f, plain, "name", text))
	f.Add("name", encode(f, secret, "name", text))
	f.Add("name", forged("name", 1, 100, []byte{0x28, 0xb5, 0x2f, 0xfd}))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		for _, c := range []*frame.Codec{plain, secret} {
			_, _, _ = c.Decode(name, data)
		}
		if len(data) < 32 { // with a right sum most inputs get further
			return
		}
		g := forged(name, data[19]&1, binary.BigEndian.Uint32(data[20:])%(1<<20), data[32:])
		value, when, err := plain.Decode(name, g)
		if err != nil {
			return
		}
		again, err := plain.Encode(name, value, when)
		require.NoError(t, err)
		got, _, err := plain.Decode(name, again)
		require.NoError(t, err)
		require.Equal(t, value, got)
	})
}

func BenchmarkDecode(b *testing.B) {
	answer := []byte(strings.Repeat(`{"role":"assistant","content":"`+string(text[:1500])+`"}`, 3))
	for _, bc := range []struct {
		name string
		c    *frame.Codec
	}{{"plain", codec(b)}, {"encrypted", codec(b, key1)}} {
		f := encode(b, bc.c, "name", answer)
		b.Run(bc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := bc.c.Decode("name", f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
