package event

import (
	"context"
	"net/http"
	"time"

	"github.com/buoy-go/buoy/chat"
)

// CallStart says that a call begins. Each is followed by one buoy.CallEvent with the same
// ID, when the answer has ended.
type CallStart struct {
	ID     uint64 // no other call of the process has it
	Op     string // "chat", "stream", "balance" or "catalogue"
	Model  string // as requested
	Stream bool   // the caller asked for a stream
	Start  time.Time
	// Request is what the caller asks, nil for a balance or catalogue. It holds the
	// prompt. Do not change it, and do not keep it after the call.
	Request *chat.Request
}

// CallStartObserver is told when a call begins. The context that it returns is the
// call's from then on: it is that of all later events, of middlewares and of HTTP
// requests. It must be ctx or be made from it; of any other context, and of a deadline
// that was added, only the values count.
type CallStartObserver interface {
	CallStarted(ctx context.Context, e CallStart) context.Context
}

// AttemptStart says that a request is about to be sent. Each is followed by one
// buoy.AttemptEvent with the same Call and Number.
type AttemptStart struct {
	Call     uint64 // the ID of its call
	Op       string // that of its call
	Number   int    // 1 for the first of its call
	Endpoint string
	Model    string // the endpoint's name for it
	Key      string // label of the key, never the key itself
	URL      string // where the request goes, without its query
	Stream   bool   // the request asks for a stream
	Hedge    bool   // a second request beside a slow first one
	Wait     time.Duration
	Start    time.Time
	// Header is empty. What a listener sets here goes along with the request, such as
	// traceparent. What the request has already, credentials and what buoy sets itself
	// cannot be set.
	Header http.Header
}

// AttemptStartObserver is told when an attempt begins. The context that it returns is
// the attempt's: that of its HTTP request and of its AttemptEvent. The rules are those of
// [CallStartObserver].
type AttemptStartObserver interface {
	AttemptStarted(ctx context.Context, e AttemptStart) context.Context
}

// FirstToken says that a stream's first meaningful event has come.
type FirstToken struct {
	Call     uint64
	Number   int // of the attempt
	Endpoint string
	Model    string
	Wait     time.Duration // since the attempt began
}

// FirstTokenObserver is told of first tokens.
type FirstTokenObserver interface {
	ObserveFirstToken(ctx context.Context, e FirstToken)
}

// Chunk says that the caller of a stream reads a chunk.
type Chunk struct {
	Call   uint64
	Number int           // 1 for the first of its stream
	Wait   time.Duration // since the one before it; 0 for the first
}

// ChunkObserver is told of chunks, on the goroutine that reads the stream. A stream has
// hundreds of them, so it must be quicker than the others.
type ChunkObserver interface {
	ObserveChunk(ctx context.Context, e Chunk)
}
