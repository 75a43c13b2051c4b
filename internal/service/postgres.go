package service

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// PostgresServer is the program, for those who start it themselves.
var PostgresServer = Program{Name: "postgres", Package: "postgresql"}

// Postgres runs a PostgreSQL server for a test; [PostgresURL] is where to connect. It
// does not wait for its disk, so it loses nothing when it is killed, but all when the
// computer is.
func Postgres(t testing.TB) *Server {
	t.Helper()
	return Run(t, PostgresSpec())
}

// PostgresURL is where to connect to a server of [PostgresSpec], as its superuser.
func PostgresURL(s *Server) string {
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", s.Addr())
}

// PostgresSpec is a new, empty PostgreSQL server. Root runs it as the user postgres,
// whom Debian's package makes.
func PostgresSpec() Spec {
	data := func(dir string) string { return filepath.Join(dir, "data") }
	return Spec{
		Program: PostgresServer,
		User:    "postgres",
		Prepare: func(s *Server) error {
			initdb := s.Command("initdb", "-D", data(s.Dir), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
			if out, err := initdb.CombinedOutput(); err != nil {
				return fmt.Errorf("initdb: %w:\n%s", err, out)
			}
			return nil
		},
		Args: func(dir string, port int) []string {
			return []string{"-D", data(dir), "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"}
		},
		Ready: func(_ context.Context, s *Server) error {
			return s.Command("pg_isready", "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(s.Port)).Run()
		},
		Interrupt: syscall.SIGINT, // SIGTERM would wait for the connections to end
	}
}
