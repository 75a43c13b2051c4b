package buoyredis_test

import (
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyredis"
)

const fleetLimit = 600 // requests a minute

// TestFleetChild is one process of [TestThreeProcessesShareALimit], and nothing by itself.
func TestFleetChild(t *testing.T) {
	addr := os.Getenv("FLEET_REDIS")
	if addr == "" {
		t.Skip("it is run by TestThreeProcessesShareALimit")
	}
	lasts, err := time.ParseDuration(os.Getenv("FLEET_LASTS"))
	require.NoError(t, err)
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	limiter, err := buoyredis.NewLimiter(client, buoy.RateLimit{RequestsPerMinute: fleetLimit}, buoyredis.WithPatience(2*time.Second))
	require.NoError(t, err)
	c := instance(t, limiter, buoy.Endpoint{Name: "desk", BaseURL: os.Getenv("FLEET_URL"), Keys: []string{"sk-fleet-0123456789"}})
	load(within(t, lasts), 8, c)
}

// Three processes that ask as fast as they may stay within two percent of their common
// limit over two minutes, and no minute has more than it. With -short it is six seconds,
// and the bound of the rate that belongs to them.
func TestThreeProcessesShareALimit(t *testing.T) {
	lasts := 2 * time.Minute
	if testing.Short() {
		lasts = 6 * time.Second
	}
	r, srv := newRig(t), provider(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			cmd := exec.Command(os.Args[0], "-test.run=^TestFleetChild$")
			cmd.Env = append(os.Environ(), "FLEET_REDIS="+r.Addr(), "FLEET_URL="+srv.URL+"/v1", "FLEET_LASTS="+lasts.String())
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
	wg.Wait()
	all := srv.Requests()
	require.NotEmpty(t, all)
	most, from := 0, 0
	for i := range all {
		for all[i].At.Sub(all[from].At) >= time.Minute {
			from++
		}
		most = max(most, i-from+1)
	}
	// Requests are counted where they arrive, a little late now and then.
	require.LessOrEqual(t, most, fleetLimit+3)
	want := float64(fleetLimit) * lasts.Minutes()
	info := r.client.InfoMap(t.Context(), "commandstats").Val()["Commandstats"]
	t.Logf("%d requests in %s, %+.1f %% of the limit; in one minute at most %d; scripts: %s", len(all), lasts, 100*(float64(len(all))/want-1), most, info["cmdstat_evalsha"])
	if testing.Short() {
		require.InDelta(t, want+6, len(all), 6)
		return
	}
	require.InEpsilon(t, want, len(all), 0.02)
}
