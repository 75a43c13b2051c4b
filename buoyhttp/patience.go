package buoyhttp

import (
	"errors"
	"net/http"
	"time"
)

// This file says how long a client may take. Each wait on a client ends: one that
// holds its connection for nothing would keep others out, since the number of
// open files is bounded (300 idle connections locked a client out at 256).

const (
	// bodyPause is how long a client may pause while it sends a request.
	bodyPause = 10 * time.Second
	// bodyPatience is how long a client may take to send a request.
	bodyPatience = time.Minute
	// writePatience is how long a client may take to receive a piece of an answer.
	// One that has stopped reading would hold the provider's stream for ever, since
	// buoy does not charge a reader's pauses to any of its timers.
	writePatience = 30 * time.Second
	// writeRate is how slowly a whole answer may be received beyond that, in bytes
	// a second.
	writeRate = 32 << 10
	// lingering is how long net/http may go on reading the body of a request that
	// was refused. Without reading at all the client, still sending, would get a
	// reset in place of the reply.
	lingering = time.Second
)

// patience sets the deadlines of a client's connection. A ResponseWriter that has
// none, such as one of a test or of a middleware's, goes on without.
type patience struct{ ctl *http.ResponseController }

func patienceWith(w http.ResponseWriter) patience { return patience{http.NewResponseController(w)} }

// reading bounds the next read.
func (p patience) reading(deadline time.Time) error {
	return supported(p.ctl.SetReadDeadline(deadline))
}

// writing bounds the next write, which has so many bytes.
func (p patience) writing(bytes int) error {
	d := writePatience + time.Duration(bytes/writeRate)*time.Second
	return supported(p.ctl.SetWriteDeadline(time.Now().Add(d)))
}

// flush sends what was written.
func (p patience) flush() error { return supported(p.ctl.Flush()) }

func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
