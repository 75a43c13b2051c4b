package buoycache_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoycache"
	"github.com/stretchr/testify/require"
)

// answer is one of some 4 KB, as the client stores it: each word but the most common is
// another one, so that it gets about half as large.
func answer() []byte {
	var text strings.Builder
	for i := uint32(1); text.Len() < 3900; i++ {
		fmt.Fprintf(&text, "the w%x of ", i*2654435761>>12)
	}
	return fmt.Appendf(nil, `{"buoy":1,"response":{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}]}}`, text.String())
}

// BenchmarkHit reads one of 1,000 answers that are there.
func BenchmarkHit(b *testing.B) {
	key := bytes.Repeat([]byte{1}, 32)
	levels := map[string]func() buoy.Cache{
		"memory": func() buoy.Cache { return buoycache.Memory(64 << 20) },
		"tiered": func() buoy.Cache {
			d, _ := disk(b, file(b))
			return buoycache.Tiered(buoycache.Memory(64<<20), d)
		},
		"disk": func() buoy.Cache { d, _ := disk(b, file(b)); return d },
		"disk encrypted": func() buoy.Cache {
			d, _ := disk(b, file(b), buoycache.WithKeys(key))
			return d
		},
	}
	for _, name := range []string{"memory", "tiered", "disk", "disk encrypted"} {
		b.Run(name, func(b *testing.B) {
			c, value := levels[name](), answer()
			keys := make([]string, 1000)
			for i := range keys {
				keys[i] = fmt.Sprintf("%064x", i)
				require.NoError(b, c.Set(b.Context(), keys[i], value, time.Hour))
			}
			if d, ok := c.(*buoycache.DiskLevel); ok {
				written(b, d, 1000)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if got, ok, err := c.Get(b.Context(), keys[i%len(keys)]); !ok || err != nil || len(got) != len(value) {
					b.Fatal(ok, err)
				}
			}
		})
	}
}

// written waits until so many entries are in the file, and none is left behind.
func written(b *testing.B, d *buoycache.DiskLevel, entries int64) {
	require.Eventually(b, func() bool { return d.Stats().Entries == entries }, 10*time.Second, 10*time.Millisecond)
	before := d.Stats()
	_, _, _ = d.Get(b.Context(), "none")
	require.Equal(b, before.Misses+1, d.Stats().Misses)
}

// BenchmarkSet is what a call waits for when its answer is stored.
func BenchmarkSet(b *testing.B) {
	value := answer()
	b.Run("memory", func(b *testing.B) {
		c := buoycache.Memory(64 << 20)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_ = c.Set(b.Context(), fmt.Sprintf("%064x", i), value, time.Hour)
		}
	})
	b.Run("disk", func(b *testing.B) {
		d, _ := disk(b, file(b))
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_ = d.Set(b.Context(), fmt.Sprintf("%064x", i), value, time.Hour)
		}
		b.ReportMetric(float64(d.Stats().Dropped)/float64(b.N), "dropped/op")
	})
}
