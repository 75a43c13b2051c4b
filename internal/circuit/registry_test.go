package circuit

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func quick() Settings {
	return Settings{FailureRatio: 0.5, MinRequests: 20, Consecutive: 1, Window: time.Minute, OpenFor: time.Minute, MaxOpenFor: time.Minute, Probes: 1}
}

func fail(t *testing.T, c *Circuit, call uint64) {
	var ticket Ticket
	_, ok := c.Enter(&ticket, call, time.Now(), func() time.Duration { return time.Minute })
	require.True(t, ok)
	ticket.Done(Failure, errors.New("down"))
}

func TestARegistryHasACircuitForEachKey(t *testing.T) {
	r := NewRegistry[string](quick(), 2, nil)
	_, ok := r.Known("a")
	require.False(t, ok, "to ask makes none")
	a := r.Of("a")
	require.Same(t, a, r.Of("a"))
	require.NotSame(t, a, r.Of("b"))
	r.Of("a")
	r.Of("c")
	_, ok = r.Known("b")
	require.False(t, ok, "the one that was not used for longest is forgotten")
	var keys []string
	r.All(func(key string, c *Circuit) {
		keys = append(keys, key)
		require.Same(t, c, r.Of(key), "f may ask the registry")
	})
	require.Equal(t, []string{"c", "a"}, keys)
}

func TestListenersAreToldBeforeTheOwner(t *testing.T) {
	var told []string
	r := NewRegistry(quick(), 8, func(key string, c Change) { told = append(told, "owner: "+key) })
	forget := r.Listen(func(key string, c Change) {
		require.Equal(t, Open, c.To)
		told = append(told, "listener: "+key)
	})
	fail(t, r.Of("a"), 1)
	require.Equal(t, []string{"listener: a", "owner: a"}, told)
	forget()
	forget()
	fail(t, r.Of("b"), 2)
	require.Equal(t, "owner: b", told[2])
	require.Len(t, told, 3)
}
