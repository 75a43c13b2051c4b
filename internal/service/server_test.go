package service_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/service"
)

// ask sends one line to a Redis server and returns its answer.
func ask(s *service.Server, patience time.Duration, line string) (string, error) {
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(conn, "%s\r\n", line); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(answer), err
}

func TestAServerIsKilledPausedAndStartedAgain(t *testing.T) {
	s := service.Redis(t)
	answer, err := ask(s, time.Second, "SET a 1")
	require.NoError(t, err)
	require.Equal(t, "+OK", answer)

	require.NoError(t, s.Pause())
	_, err = ask(s, 50*time.Millisecond, "PING")
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it holds connections and answers nothing")
	require.NoError(t, s.Resume())
	answer, err = ask(s, time.Second, "PING")
	require.NoError(t, err)
	require.Equal(t, "+PONG", answer)

	addr := s.Addr()
	require.NoError(t, s.Kill())
	require.False(t, s.Running())
	_, err = ask(s, time.Second, "PING")
	require.Error(t, err)
	require.NoError(t, s.Restart())
	require.Equal(t, addr, s.Addr())
	answer, err = ask(s, time.Second, "EXISTS a")
	require.NoError(t, err)
	require.Equal(t, ":0", answer, "a new process has forgotten")

	require.NoError(t, s.Pause())
	require.NoError(t, s.Close(), "a paused one is stopped, too")
	require.NoFileExists(t, s.Dir)
	require.NoError(t, s.Kill(), "of one that is gone")
}

func TestAServerThatEndsTooSoonSaysWhy(t *testing.T) {
	service.Need(t, service.RedisServer)
	_, err := service.Start(service.RedisSpec("--no-such-setting", "1"))
	require.ErrorContains(t, err, "ended before it was ready")
	require.ErrorContains(t, err, "no-such-setting")
}

// PostgreSQL refuses to run as root, so it is started as another user.
func TestPostgresTakesConnections(t *testing.T) {
	s := service.Postgres(t)
	query := func(sql string) string {
		out, err := s.Command("psql", "-Atc", sql, service.PostgresURL(s)).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.TrimSpace(string(out))
	}
	query("CREATE TABLE t AS SELECT 42 AS n")
	require.NoError(t, s.Kill())
	require.NoError(t, s.Restart())
	require.Equal(t, "42", query("SELECT n FROM t"), "what was committed survives a kill")
}

// verdict notes how a test ended, in place of ending it.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper()                      {}
func (v *verdict) Skip(args ...any)             { v.skipped = fmt.Sprint(args...) }
func (v *verdict) Fatalf(f string, args ...any) { v.failed = fmt.Sprintf(f, args...) }

func TestAMissingProgramSkipsOrFails(t *testing.T) {
	missing := service.Program{Name: "no-such-server", Package: "no-such-package"}
	t.Setenv("BUOY_REQUIRE_SERVICES", "")
	v := &verdict{TB: t}
	service.Need(v, missing)
	require.Contains(t, v.skipped, "apt-get install -y --no-install-recommends no-such-package")
	require.Empty(t, v.failed)

	t.Setenv("BUOY_REQUIRE_SERVICES", "1")
	v = &verdict{TB: t}
	service.Need(v, missing)
	require.Contains(t, v.failed, "apt-get install -y --no-install-recommends no-such-package")
	require.Empty(t, v.skipped)

	_, err := service.Start(service.Spec{Program: missing})
	require.ErrorContains(t, err, "apt-get install")
}

func TestAProgramIsFoundOnThePath(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "some-server"), []byte("#!/bin/sh\n"), 0o755))
	t.Setenv("PATH", dir)
	path, ok := service.Program{Name: "some-server"}.Find()
	require.True(t, ok)
	require.Equal(t, filepath.Join(dir, "some-server"), path)
}
