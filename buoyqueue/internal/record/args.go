// Package record has the forms in which the database keeps jobs and answers. It knows
// nothing of databases, so that its decoders can be fuzzed: SQLite in Go takes longer to be
// compiled for that than anybody waits.
package record

import (
	"encoding/json"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/cachekey"
)

// Version is what this program writes and the highest that it reads.
const Version = 1

// Kind is River's name for the jobs of this module.
const Kind = "buoy_chat"

// Args is a job as the database has it. The request is a string and no object, because
// a database would write an object anew: with other numbers, and not with a NUL in it.
type Args struct {
	Version int    `json:"v"`
	Hash    string `json:"hash" river:"unique"` // of tenant, key and request
	Tenant  string `json:"tenant,omitempty"`
	Model   string `json:"model,omitempty"` // for lists
	Request string `json:"request"`         // its JSON

	broken bool // it could not be read
}

// Kind is River's name for the jobs.
func (Args) Kind() string { return Kind }

// UnmarshalJSON never fails, so that a row that somebody has damaged becomes a dead
// letter that says so, and is not tried again and again.
func (a *Args) UnmarshalJSON(data []byte) error {
	type plain Args
	var p plain
	err := json.Unmarshal(data, &p)
	*a = Args(p)
	a.broken = err != nil || a.Version < 1 || a.Request == "" && a.Version == Version
	return nil
}

// Decode reads the request.
func (a *Args) Decode() (buoy.Request, error) {
	var r buoy.Request
	if a.broken {
		return r, errBroken
	}
	if err := json.Unmarshal([]byte(a.Request), &r); err != nil {
		return r, errBroken // the cause may quote it
	}
	return r, nil
}

var errBroken = &buoy.RequestError{Field: "job", Reason: "its row in the database is damaged: enqueue the request again"}

// Digest is what equal jobs have in common: tenant, key, and a request that says the same
// in whatever spelling, as it is for the cache.
func Digest(tenant, key string, r *buoy.Request) (string, error) {
	return cachekey.Of(r, &cachekey.Place{Endpoint: "tenant " + tenant, Model: r.Model, Namespace: key})
}
