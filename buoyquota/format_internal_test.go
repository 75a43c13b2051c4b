package buoyquota

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// What is read is what would be written, and no count is below zero.
func FuzzDecode(f *testing.F) {
	whole := `{"format":"buoy quota 1","counts":{"buoy:quota:month-tokens::month:202601":{"tokens":7,"nanos":8,"unknown":9,"expires":"2026-02-02T00:00:00Z"}},"claims":{"k@0.75":"2026-02-02T00:00:00Z"}}`
	summed, err := encode(&counts{Claims: map[string]time.Time{"k@1": {}}})
	require.NoError(f, err)
	f.Add(summed)
	for _, s := range []string{whole, whole + "\n", whole + whole, whole[:60], `{}`, `null`, `{"format":"buoy quota 1"}`, `{"format":"buoy quota 1","counts":{"k":{"nanos":-1}}}`, "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := decode(data)
		if err != nil {
			return
		}
		for _, e := range l.Counts {
			require.False(t, e.Count.Tokens < 0 || e.Count.Nanos < 0 || e.Count.Unknown < 0)
		}
		written, err := encode(&l)
		require.NoError(t, err)
		again, err := decode(written)
		require.NoError(t, err)
		require.Len(t, again.Counts, len(l.Counts))
		for key, e := range l.Counts {
			require.Equal(t, e.Count, again.Counts[key].Count)
			require.WithinDuration(t, e.Expires, again.Counts[key].Expires, 0)
		}
		require.Len(t, again.Claims, len(l.Claims))
	})
}

// A file looks the same from version to version, and one of before, without its sum,
// is read and written anew.
func TestFormatIsStable(t *testing.T) {
	const file = `{
 "format": "buoy quota 2",
 "counts": {
  "k": {
   "tokens": 7,
   "nanos": 8,
   "unknown": 9,
   "expires": "2026-02-02T00:00:00Z"
  },
  "l": {
   "tokens": 1,
   "nanos": 0,
   "expires": "2026-02-02T00:00:00Z"
  }
 },
 "claims": {
  "k@0.75": "2026-02-02T00:00:00Z"
 },
 "crc32c": "21625a54"
}
`
	l, err := decode([]byte(file))
	require.NoError(t, err)
	written, err := encode(&l)
	require.NoError(t, err)
	require.Equal(t, file, string(written))
	before := strings.Replace(file, version2, version1, 1)
	before = before[:strings.Index(before, sumBegin)] + lastEnd + "\n"
	l, err = decode([]byte(before))
	require.NoError(t, err)
	written, err = encode(&l)
	require.NoError(t, err)
	require.Equal(t, file, string(written))
	_, err = decode([]byte(strings.Replace(before, version1, version2, 1)))
	require.ErrorContains(t, err, "no sum")

	written, err = encode(new(counts))
	require.NoError(t, err)
	require.Equal(t, "{\n \"format\": \"buoy quota 2\",\n \"counts\": {},\n \"claims\": {},\n \"crc32c\": \"e2d08944\"\n}\n", string(written))
}

// No flipped bit changes a count. Before there was a sum, 651 of 2,000 did.
func TestEachFlippedBitIsFound(t *testing.T) {
	expires := time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)
	var l counts
	l.Add(time.Time{}, "k", buoy.QuotaCount{Tokens: 17, Nanos: 1800, Unknown: 3}, expires)
	l.Add(time.Time{}, "l", buoy.QuotaCount{Tokens: 1}, expires)
	l.Claim(time.Time{}, "k@0.75", expires)
	whole, err := encode(&l)
	require.NoError(t, err)
	for bit := range (len(whole) - 1) * 8 { // behind the line feed that is the last byte stands nothing
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		_, err := decode(flipped)
		require.Error(t, err, "bit %d of %q", bit, flipped)
	}
}
