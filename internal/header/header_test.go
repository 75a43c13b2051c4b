package header

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestValidKey(t *testing.T) {
	for key, want := range map[string]bool{"sk-1_~!": true, "a b": false, "a\n": false, "a\x7f": false, "ключ": false} {
		require.Equal(t, want, ValidKey(key), "%q", key)
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct{ name, value, err string }{
		{"X-Title", "shop\tone", ""},
		{"X-Title", "a\r\nB: c", "header X-Title has a line break or control character in its value"},
		{"X-Title", "\x7f", "header X-Title has a line break or control character in its value"},
		{"X Title", "a", `"X Title" is not a header name`},
		{"", "a", `"" is not a header name`},
		{"Ключ", "a", `"Ключ" is not a header name`},
		{"content-length", "1", "header content-length is buoy's to set: leave it out"},
		{"HOST", "x", "header HOST is buoy's to set: leave it out"},
	} {
		err := Check(tc.name, []string{"fine", tc.value})
		if tc.err == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, tc.err)
		}
	}
}

func TestKeys(t *testing.T) {
	require.NoError(t, CheckDistinct("here", []string{"a", "b"}))
	require.NoError(t, CheckKeys("here", []string{"a", "a"}))
	require.EqualError(t, CheckDistinct("here", []string{"a", "b", "a"}), "key 3 of here is key 1 again: leave it out")
	require.ErrorContains(t, CheckDistinct("here", []string{"a", ""}), "key 2 of here is empty")
	require.ErrorContains(t, CheckKeys("here", []string{"secret \n"}), "key 1 of here has a space")
}

func TestFixed(t *testing.T) {
	title := []string{"shop"}
	own := http.Header{"x-title": title}
	fixed, err := Fixed(own, true, "Api-Key")
	require.NoError(t, err)
	require.Equal(t, http.Header{"X-Title": {"shop"}}, fixed)
	fixed["X-Title"][0] = "other"
	require.Equal(t, "shop", title[0])
	for _, tc := range []struct {
		name, err string
		keyed     bool
	}{
		{"X Title", `"X Title" is not a header name`, false},
		{"authorization", "the Header sets Authorization beside Keys: keep one of them", true},
		{"api-key", "the Header sets Api-Key beside Keys: keep one of them", true},
		{"idempotency-key", "the Header sets Idempotency-Key, which would make all calls one: leave it out, or use WithHeader for a call", false},
		{"authorization", "", false},
	} {
		_, err := Fixed(http.Header{tc.name: {"x"}}, tc.keyed, "Api-Key")
		if tc.err == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, tc.err)
		}
	}
}
