package payload

import (
	"errors"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/chat"
)

func asking(text string) *chat.Request {
	return &chat.Request{Model: "m", Messages: []chat.Message{chat.User(text)}}
}

func TestABodyIsEncodedOnce(t *testing.T) {
	var p Payload
	require.Nil(t, p.Latest())
	r := asking("why")
	first, err := p.Encode(r, "m", false, r)
	require.NoError(t, err)
	again, err := p.Encode(r, "m", false, r)
	require.NoError(t, err)
	require.Same(t, &first[0], &again[0])
	stream, err := p.Encode(r, "m", true, r)
	require.NoError(t, err)
	require.NotEqual(t, string(first), string(stream))
	require.Same(t, &stream[0], &p.Latest()[0])
	other, err := p.Encode(r, "n", true, r)
	require.NoError(t, err)
	require.Contains(t, string(other), `"n"`)
}

func TestARequestThatNobodyHasCheckedIs(t *testing.T) {
	var p Payload
	sound, wrong := asking("why"), &chat.Request{Model: "m"}
	_, err := p.Encode(wrong, "m", false, sound)
	refused, ok := errors.AsType[*chat.FieldError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "messages", refused.Field)
	require.Nil(t, p.Latest())
}

func TestOneKeyMeansOneBody(t *testing.T) {
	var p, q Payload
	key := p.KeyFor(nil, []byte("a"))
	require.Regexp(t, regexp.MustCompile(`^buoy-[0-9a-v]{24}$`), key[0])
	require.Equal(t, p.Key(), key)
	require.NotEqual(t, q.Key(), key, "another call has another")
	require.Equal(t, key, p.KeyFor(nil, []byte("a")), "a retry has the same")
	b := p.KeyFor(nil, []byte("b"))
	require.Regexp(t, "^"+key[0]+"-.", b[0])
	require.Equal(t, b, p.KeyFor(nil, []byte("b")))
	require.NotEqual(t, b, p.KeyFor(nil, []byte("c")))

	require.Equal(t, []string{"mine"}, q.KeyFor([]string{"mine"}, []byte("a")))
	require.Regexp(t, "^mine-.", q.KeyFor([]string{"mine"}, []byte("b"))[0])
}
