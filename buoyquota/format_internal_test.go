package buoyquota

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read is what would be written, and no count is below zero.
func FuzzDecode(f *testing.F) {
	whole := `{"format":"buoy quota 1","counts":{"buoy:quota:month-tokens::month:202601":{"tokens":7,"nanos":8,"unknown":9,"expires":"2026-02-02T00:00:00Z"}},"claims":{"k@0.75":"2026-02-02T00:00:00Z"}}`
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

// A file looks the same from version to version.
func TestFormatIsStable(t *testing.T) {
	const file = `{
 "format": "buoy quota 1",
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
 }
}
`
	l, err := decode([]byte(file))
	require.NoError(t, err)
	written, err := encode(&l)
	require.NoError(t, err)
	require.Equal(t, file, string(written))

	written, err = encode(new(counts))
	require.NoError(t, err)
	require.Equal(t, "{\n \"format\": \"buoy quota 1\",\n \"counts\": {},\n \"claims\": {}\n}\n", string(written))
}
