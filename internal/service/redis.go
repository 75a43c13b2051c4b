package service

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisServer is the program, for those who start it themselves.
var RedisServer = Program{Name: "redis-server", Package: "redis-server"}

// Redis runs a redis-server for a test. It saves nothing, unless more arguments say so.
func Redis(t testing.TB, args ...string) *Server {
	t.Helper()
	return Run(t, RedisSpec(args...))
}

// RedisSpec is a redis-server with more arguments, such as "--appendonly", "yes".
func RedisSpec(args ...string) Spec {
	return Spec{
		Program: RedisServer,
		Args: func(dir string, port int) []string {
			return append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no"}, args...)
		},
		Ready: pong,
	}
}

// pong asks a Redis server whether it has read its files and takes commands.
func pong(ctx context.Context, s *Server) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || strings.HasPrefix(line, "+PONG") {
		return err
	}
	return fmt.Errorf("it answers %q", line)
}
