package affinity_test

import (
	"fmt"
	"testing"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/affinity"
	"github.com/stretchr/testify/require"
)

// Where one text ends and the next begins counts, and asking costs no memory.
func TestConversationsAreToldApart(t *testing.T) {
	of := func(messages ...chat.Message) uint64 {
		return affinity.Of("", &chat.Request{Messages: messages})
	}
	seen := map[uint64]string{}
	for name, id := range map[string]uint64{
		"empty":              of(),
		"one":                of(chat.System("ab"), chat.User("c")),
		"elsewhere":          of(chat.System("a"), chat.User("bc")),
		"other roles":        of(chat.User("ab"), chat.User("c")),
		"a part":             of(chat.UserParts(chat.Text("c"))),
		"a picture":          of(chat.UserParts(chat.ImageURL("https://example.com/1"))),
		"another picture":    of(chat.UserParts(chat.ImageURL("https://example.com/2"))),
		"a session":          affinity.Of("s", &chat.Request{}),
		"a prompt cache key": affinity.Of("", &chat.Request{PromptCacheKey: "s"}),
	} {
		require.Empty(t, seen[id], name)
		seen[id] = name
	}
	ids := map[uint64]bool{}
	for i := range 1000 {
		ids[of(chat.System("s"), chat.User(fmt.Sprint(i)))] = true
	}
	require.Len(t, ids, 1000)
	r := &chat.Request{Messages: []chat.Message{chat.System("ab"), chat.User("c")}}
	require.Zero(t, testing.AllocsPerRun(100, func() { affinity.Of("", r) }))
}
