package buoybatch_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/internal/testdesk"
	"github.com/stretchr/testify/require"
)

const crashRequests = 60

// TestRunChild is the process that TestRunOutlivesItsProcess kills: a batch
// against its parent's provider.
func TestRunChild(t *testing.T) {
	url, path := os.Getenv("BUOY_TEST_BATCH_URL"), os.Getenv("BUOY_TEST_BATCH_JOURNAL")
	if url == "" {
		t.Skip("run by TestRunOutlivesItsProcess")
	}
	c, err := buoy.New(buoy.Endpoint{BaseURL: url + "/v1", Keys: []string{testdesk.Key}})
	require.NoError(t, err)
	j, err := buoybatch.OpenJournal(path)
	require.NoError(t, err)
	for i, r := range buoybatch.Run(t.Context(), c, numbered(crashRequests), buoybatch.Options{Concurrency: 4, Journal: j}) {
		require.NoError(t, r.Err)
		require.Equal(t, strconv.Itoa(i), r.Response.Text())
	}
	require.NoError(t, j.Close())
}

// A process is killed again and again in the middle of its batch. What it was
// answered and had written is never asked again: only calls that were under way
// are, at most four each time.
func TestRunOutlivesItsProcess(t *testing.T) {
	sent := 0 // requests, before this life of the process
	srv := buoytest.NewServer(t, buoytest.Always(buoytest.Delay(5*time.Millisecond, buoytest.Echo())))
	path := filepath.Join(t.TempDir(), "batch.jsonl")
	kills := 0
	for {
		child := exec.Command(os.Args[0], "-test.run=^TestRunChild$")
		child.Env = append(os.Environ(), "BUOY_TEST_BATCH_URL="+srv.URL, "BUOY_TEST_BATCH_JOURNAL="+path)
		require.NoError(t, child.Start())
		done := make(chan error, 1)
		go func() { done <- child.Wait() }()
		if kills == 3 {
			require.NoError(t, <-done)
			break
		}
		// Killed by what it has done and not by the clock: after 15 more requests.
		require.True(t, srv.Await(sent+15))
		require.NoError(t, child.Process.Kill())
		require.Error(t, <-done)
		kills++
		sent = len(srv.Requests())
	}
	require.LessOrEqual(t, len(srv.Requests()), crashRequests+4*kills)

	seen := map[string]int{}
	for _, r := range srv.Requests() {
		var body struct{ Messages []struct{ Content string } }
		require.NoError(t, json.Unmarshal(r.Body, &body))
		seen[body.Messages[0].Content]++
	}
	require.Len(t, seen, crashRequests)
	j, err := buoybatch.OpenJournal(path)
	require.NoError(t, err)
	require.Equal(t, crashRequests, j.Answered())
	require.NoError(t, j.Close())
}
