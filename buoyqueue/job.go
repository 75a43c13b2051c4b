package buoyqueue

import (
	"cmp"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/buoy-go/buoy"
)

// State is where a job stands.
type State string

// The states. Done, dead and canceled are final, unless [Queue.Requeue] is called.
const (
	StateWaiting  State = "waiting" // for a worker, for a limit, for its next try
	StateRunning  State = "running"
	StateDone     State = "done"     // its answer is there
	StateDead     State = "dead"     // it failed for good, or too often
	StateCanceled State = "canceled" // [Queue.Cancel]
)

// Job is a request in the queue, without its texts. It is plain data.
type Job struct {
	ID       int64
	State    State
	Tenant   string
	Model    string // as requested
	Priority Priority
	// Attempts is how often it was begun, waits for limits and breakers not counted, and
	// MaxAttempts how often it may be.
	Attempts    int
	MaxAttempts int
	Waits       int       // how often it had to wait for a limit or breaker
	Enqueued    time.Time // when it came into the queue
	Due         time.Time // for a job that waits: when it may begin
	Ended       time.Time // zero before
	// Failure is the last error, also of a job that waits or runs again. nil means none.
	Failure *Failure
}

// jobColumns are what a list reads of each row: not the request. SQLite takes a text
// for a number and a number for a text, so they are made what they should be.
var jobColumns = []column{
	same("id"), {"state", "state::text", "state"}, number("attempt"), number("max_attempts"), number("priority"),
	{"created_at", "created_at", "cast(created_at AS text)"},
	{"scheduled_at", "scheduled_at", "cast(scheduled_at AS text)"},
	{"finalized_at", "finalized_at", "cast(finalized_at AS text)"},
	{"canceled", "{canceled}", "{canceled}"},
	{"tenant", "args ->> 'tenant'", "CASE WHEN json_valid(args, 9) THEN cast(args ->> 'tenant' AS text) END"},
	{"model", "args ->> 'model'", "CASE WHEN json_valid(args, 9) THEN cast(args ->> 'model' AS text) END"},
	{"note", "metadata -> '" + noteKey + "'", "CASE WHEN json_valid(metadata, 9) THEN json(metadata -> '" + noteKey + "') END"},
	{"error", "errors[array_upper(errors, 1)] ->> 'error'", "CASE WHEN json_valid(errors, 9) THEN cast(errors ->> '$[#-1].error' AS text) END"},
}

// row is one row of a list.
type row struct {
	ID          int64           `json:"id"`
	State       string          `json:"state"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"max_attempts"`
	Priority    int             `json:"priority"`
	CreatedAt   string          `json:"created_at"`
	ScheduledAt string          `json:"scheduled_at"`
	FinalizedAt *string         `json:"finalized_at"`
	Canceled    any             `json:"canceled"` // a truth value, or a number in SQLite
	Tenant      *string         `json:"tenant"`
	Model       *string         `json:"model"`
	Note        json.RawMessage `json:"note"`
	Error       *string         `json:"error"`
}

// job reads a row. It never fails: what is damaged is left out.
func (r *row) job() Job {
	j := Job{
		ID: r.ID, Tenant: text(r.Tenant), Model: text(r.Model), Priority: Priority(r.Priority - 2),
		Attempts: r.Attempt, MaxAttempts: r.MaxAttempts,
		Enqueued: timeOf(r.CreatedAt), Ended: timeOf(text(r.FinalizedAt)),
	}
	var n note
	if json.Unmarshal(r.Note, &n) == nil {
		j.Waits, j.Failure = n.Waits, n.Failure
	}
	switch r.State {
	case "running":
		j.State = StateRunning
	case "completed":
		j.State, j.Failure = StateDone, nil
	case "discarded":
		j.State = StateDead
	case "cancelled":
		j.State = StateDead
		if r.Canceled == true || r.Canceled == 1.0 {
			j.State = StateCanceled
		}
	default:
		j.State, j.Due = StateWaiting, timeOf(r.ScheduledAt)
	}
	if j.Failure == nil && (j.State == StateDead || j.State == StateCanceled) {
		j.Failure = r.failure(j)
	}
	return j
}

// failure is that of a job which ended without one of its own: its workers died, its
// row is damaged, or it was canceled before it began.
func (r *row) failure(j Job) *Failure {
	f := &Failure{Kind: buoy.ErrUnknown, Message: cmp.Or(clean(text(r.Error), 500), "its worker died in each of its attempts"), At: j.Ended}
	switch {
	case j.State == StateCanceled:
		f.Kind, f.Message = buoy.ErrCanceled, "the job was canceled"
	case strings.HasPrefix(text(r.Error), "Stuck job rescued"):
		f.Message = "its worker died in each of its attempts"
	}
	return f
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// timeOf reads a time as either database writes it; zero where it cannot.
func timeOf(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	return time.Time{}
}

// rowsOf reads a list.
func rowsOf[R any](list string) ([]R, error) {
	var rows []R
	if err := json.Unmarshal([]byte(list), &rows); err != nil {
		return nil, errors.New("buoyqueue: the database's list of jobs cannot be read")
	}
	return rows, nil
}
