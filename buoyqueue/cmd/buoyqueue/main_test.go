package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue"
	"github.com/buoy-go/buoy/buoyqueue/sqlite"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := run(ctx, args, &out, func(string) string { return "" })
	return out.String(), err
}

func TestCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	srv := buoytest.NewServer(t,
		buoytest.Error(400, "{\"error\":{\"message\":\"no \\u001b[31mred\\ttabs\"}}"), buoytest.Reply("fine"), buoytest.Reply("fine"))
	client, err := buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
	require.NoError(t, err)
	defer client.Close()
	engine, err := sqlite.Open(path)
	require.NoError(t, err)
	q, err := buoyqueue.Open(t.Context(), engine, client, buoyqueue.Options{Concurrency: 1})
	require.NoError(t, err)
	defer q.Close()
	var last int64
	for i := range 2 {
		ticket, err := q.Enqueue(t.Context(), buoyqueue.Item{Tenant: fmt.Sprint("t", i), Request: buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User(fmt.Sprint(i))}}})
		require.NoError(t, err)
		last = ticket.ID
	}
	go func() { _ = q.Run(t.Context()) }()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = q.Wait(ctx, last)
	require.NoError(t, err)

	out, err := command(t, "-db", path, "list", "-state", "dead")
	require.NoError(t, err)
	require.Regexp(t, `(?s)^ID .*\n1 +dead +m +t0 +1/5 +0 .*invalid_request \(400\): no +\[31mred tabs\n$`, out)
	out, err = command(t, "-db", path, "list", "-tenant", "t1")
	require.NoError(t, err)
	require.Contains(t, out, "done")
	require.NotContains(t, out, "dead")

	out, err = command(t, "-db", path, "requeue", "-kind", "auth")
	require.NoError(t, err)
	require.Equal(t, "0 requeued\n", out)
	out, err = command(t, "-db", path, "requeue", "-kind", "invalid_request")
	require.NoError(t, err)
	require.Equal(t, "1 requeued\n", out)
	out, err = command(t, "-db", path, "watch", "-every", "20ms")
	require.NoError(t, err)
	require.Contains(t, out, "0 waiting, 0 running, 2 done, 0 dead or canceled [##############################]\n")
	_, err = command(t, "-db", path, "requeue", "1")
	require.ErrorIs(t, err, buoyqueue.ErrNotEnded)
}

// No mistake prints a password, and none makes a file.
func TestMistakes(t *testing.T) {
	const secret = "hunter2-hunter2"
	missing := filepath.Join(t.TempDir(), "missing.db")
	for _, args := range [][]string{
		{}, {"-x"}, {"list"}, {"-db", missing, "list"}, {"-db", missing, "what"},
		{"-db", "postgres://u:" + secret + "@127.0.0.1:1/x?connect_timeout=1", "list"},
		{"-db", "postgres://u:" + secret + "@[bad", "list"},
		{"-db", "mysql://u:" + secret + "@h/x", "list"},
		{"-db", "postgres://u:" + secret + "@127.0.0.1:1/x", "-what"},
		{"-db", "postgres://u:p" + secret + "@127.0.0.1:1/x?sslmode=" + secret, "list"},
	} {
		out, err := command(t, args...)
		require.Error(t, err, "%v", args)
		require.NotContains(t, out+err.Error(), secret)
	}
	require.NoFileExists(t, missing)
}
