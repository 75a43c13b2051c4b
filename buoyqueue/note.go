package buoyqueue

import (
	"encoding/json"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// noteKey is where a job's note stands in River's metadata, tenantKey the hash of its
// tenant, and claimKey the worker that counts it among those of the tenant.
const (
	noteKey   = "buoy"
	tenantKey = "buoy_tenant"
	claimKey  = "buoy_claim"
)

// note is what is known of a job beside what River knows.
type note struct {
	Since   *time.Time `json:"since,omitempty"` // it waits for limits and breakers
	Waits   int        `json:"waits,omitempty"` // how often it was made to wait
	Failure *Failure   `json:"failure,omitempty"`
}

// noteOf reads the note of a row. A damaged one is none.
func noteOf(row *rivertype.JobRow) note {
	var all map[string]json.RawMessage
	var n note
	if json.Unmarshal(row.Metadata, &all) == nil && json.Unmarshal(all[noteKey], &n) != nil {
		return note{}
	}
	n.Waits = min(max(n.Waits, 0), 1000)
	return n
}
