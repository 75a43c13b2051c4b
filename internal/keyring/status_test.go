package keyring_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/internal/keyring"
	"github.com/stretchr/testify/require"
)

// The state of a key is the worst of what is known of it, and of its rests for single
// models the one that ends last comes first. An answer ends it.
func TestStatusOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b")
		a := keys(t, r)[0]
		status := func() keyring.Status { return r.Status(time.Now())[0] }
		state := func() keyring.State { return status().State }
		time.Sleep(time.Second)
		for model, wait := range map[string]time.Duration{"y": 2 * time.Minute, "x": 2 * time.Minute, "z": time.Hour} {
			r.Learn(time.Now(), keyring.Use{Key: a, Model: model, Begun: time.Now()}, keyring.CoolRate, wait)
		}
		s := status()
		require.Equal(t, keyring.Limited, s.State)
		require.Equal(t, time.Hour, time.Until(s.Until))
		require.Equal(t, []string{"z", "x", "y"}, []string{s.Models[0].Model, s.Models[1].Model, s.Models[2].Model})
		learn(r, a, keyring.CoolQuota, 0)
		require.Equal(t, keyring.Cooled, state())
		require.Len(t, status().Models, 3)
		time.Sleep(5 * time.Minute)
		require.Equal(t, keyring.Refused, state(), "its rest is over, and it has answered nothing yet")
		require.Zero(t, status().Until)
		require.Equal(t, keyring.Quota, status().Reason)
		r.Answered(use(a), 0)
		require.Equal(t, keyring.Limited, state())
		time.Sleep(time.Hour)
		require.Equal(t, keyring.Status{Label: a.Label(), State: keyring.Ready}, status())
	})
}

// A key in doubt lets a trickle through, and rests in between.
func TestStatusInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ring("a", "b")
		learn(r, keys(t, r)[0], keyring.CoolRate, time.Minute)
		require.Equal(t, keyring.Ready, r.Status(time.Now())[1].State)
		require.Equal(t, "b", pick(r))
		require.Equal(t, []keyring.ModelRest{{Model: "m", Until: time.Now().Add(time.Second), Reason: keyring.Rate}}, r.Status(time.Now())[1].Models)
	})
}
