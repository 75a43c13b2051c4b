//go:build unix

package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/buoytest"
)

// TestMain lets the program itself be started by a test.
func TestMain(m *testing.M) {
	if os.Getenv("GATEWAY_TEST_SERVES") == "1" {
		os.Args = []string{os.Args[0], "-config", os.Args[len(os.Args)-1]}
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// The first SIGTERM lets a stream go on, the second does not wait for it.
func TestTheSecondSignalEndsTheDrain(t *testing.T) {
	provider := buoytest.NewServer(t, buoytest.Always(buoytest.Stall(2, time.Minute)))
	path := filepath.Join(t.TempDir(), "gateway.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"listen": "127.0.0.1:0", "drain": "10m", "endpoints": [{"name": "north", "base_url": "`+provider.URL+`/v1"}]}`), 0o600))
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	cmd.Env = append(os.Environ(), "GATEWAY_TEST_SERVES=1")
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(log)
	until := func(word string) string {
		for {
			line, err := lines.ReadString('\n')
			require.NoError(t, err, "it has not said %q", word)
			if strings.Contains(line, word) {
				return line
			}
		}
	}
	url := regexp.MustCompile(`url=(\S+)`).FindStringSubmatch(until("listening"))[1]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/chat/completions", strings.NewReader(`{"model": "m", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}`))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	_, err = resp.Body.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	until("stopping")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	_, _ = io.Copy(io.Discard, lines)
	require.Error(t, cmd.Wait(), "it was ended by the signal")
	_, err = io.Copy(io.Discard, resp.Body)
	require.Error(t, err)
}
