package sse

import (
	"bytes"
	"time"
)

const (
	// maxRetryDelay bounds the retry field; what is above it is no advice.
	maxRetryDelay = 24 * time.Hour
	// maxKeptName bounds the names that are kept for later events.
	maxKeptName = 64
)

// set obeys a field that is no part of an event's data.
func (r *Reader) set(c class, value []byte) {
	switch c {
	case eventLine:
		r.name = r.intern(value)
	case idLine:
		if string(value) != r.lastID && bytes.IndexByte(value, 0) < 0 {
			r.lastID = string(value)
		}
	case retryLine:
		if d, ok := parseRetry(value); ok {
			r.retry, r.hasRetry = d, true
		}
	}
}

// intern returns b as a string, without allocating for a name that was seen
// not long ago. Eight are enough for the dialects that name their events.
func (r *Reader) intern(b []byte) string {
	switch string(b) {
	case "":
		return ""
	case "error":
		return "error"
	case "message":
		return "message"
	}
	for _, name := range r.names {
		if string(b) == name {
			return name
		}
	}
	name := string(b)
	if len(name) <= maxKeptName {
		r.names[r.nextName] = name
		r.nextName = (r.nextName + 1) % len(r.names)
	}
	return name
}

// parseRetry reads a number of milliseconds: digits and nothing else.
func parseRetry(value []byte) (time.Duration, bool) {
	var d time.Duration
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		if d = d*10 + time.Duration(c-'0')*time.Millisecond; d > maxRetryDelay {
			return 0, false
		}
	}
	return d, len(value) > 0
}
