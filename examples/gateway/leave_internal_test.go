package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/buoy-go/buoy/buoytest"
	"github.com/stretchr/testify/require"
)

// Clients leave all day. That is nobody's failure, and a log that warns of it
// hides what is one.
func TestAClientThatLeavesIsNoWarning(t *testing.T) {
	stalled := buoytest.Always(buoytest.Stall(2, time.Hour))
	for _, c := range []struct {
		name, send string
		steps      []buoytest.Step
		status     int
		broken     bool // the provider is, too, which is worth a warning
	}{
		{"before an answer", request(hello + `}`), []buoytest.Step{buoytest.Hang(time.Hour)}, 499, false},
		{"before a stream", request(hello + `, "stream": true}`), []buoytest.Step{buoytest.Hang(time.Hour)}, 499, false},
		{"in a stream", request(hello + `, "stream": true}`), []buoytest.Step{stalled}, 499, false},
		{"while it speaks", request(hello + `, "stream": true}`), []buoytest.Step{buoytest.Slow(time.Second, strings.Fields(strings.Repeat("word ", 100))...)}, 499, false},
		{"between attempts", request(hello + `}`), []buoytest.Step{buoytest.Always(buoytest.RetryAfter(30*time.Second, buoytest.Fail(503)))}, 499, true},
		{"in the middle of a request", head(withToken, "Content-Length: 100") + "\r\n" + `{"model"`, nil, 499, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHarbour(t, withTokens, c.steps...)
				conn := h.dial()
				_, err := io.WriteString(conn, c.send)
				require.NoError(t, err)
				time.Sleep(5500 * time.Millisecond)
				require.NoError(t, conn.Close())
				time.Sleep(5 * time.Second)
				require.Zero(t, h.connections())
				told := false
				for line := range strings.Lines(h.logged.String()) {
					var l struct {
						Level  slog.Level `json:"level"`
						Msg    string     `json:"msg"`
						Status int        `json:"status"`
					}
					require.NoError(t, json.Unmarshal([]byte(line), &l))
					if l.Msg == "chat" {
						told = true
						require.Equal(t, c.status, l.Status, line)
						require.Equal(t, slog.LevelInfo, l.Level, line)
					}
					require.True(t, l.Level < slog.LevelWarn || c.broken, line)
				}
				require.True(t, told)
			})
		})
	}
}
