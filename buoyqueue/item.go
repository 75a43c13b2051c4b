package buoyqueue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/chat"
)

// Item is a request to enqueue.
type Item struct {
	Request buoy.Request
	// Tenant is who the request is for: a customer, a user. Equal requests of different
	// tenants are different jobs, and [Options].TenantConcurrency counts by it. At most
	// 256 bytes. "" means nobody in particular.
	Tenant string
	// Priority is which jobs go first. The default is [Normal]. As long as there are
	// jobs of a higher priority, those of a lower one wait.
	Priority Priority
	// Key makes equal requests different: two that should be answered apart get
	// different keys. At most 256 bytes.
	Key string
	// NotBefore is when the job may begin; zero means now. It may begin some seconds
	// later.
	NotBefore time.Time
}

// Priority is which jobs go first.
type Priority int

// The priorities. The zero value is Normal.
const (
	High   Priority = -1
	Normal Priority = 0
	Low    Priority = 1
)

// riverPriority is River's number: 1 is the first to go.
func (p Priority) riverPriority() int { return int(p) + 2 }

// version is what this program writes and the highest that it reads.
const version = 1

// kind is River's name for the jobs of this package.
const kind = "buoy_chat"

// args is a job as the database has it. The request is a string and no object, because
// a database would write an object anew: with other numbers, and not with a NUL in it.
type args struct {
	Version int    `json:"v"`
	Hash    string `json:"hash" river:"unique"` // of tenant, key and request
	Tenant  string `json:"tenant,omitempty"`
	Model   string `json:"model,omitempty"` // for lists
	Request string `json:"request"`         // its JSON

	broken bool // it could not be read
}

// Kind is River's name for the jobs.
func (args) Kind() string { return kind }

// UnmarshalJSON never fails, so that a row that somebody has damaged becomes a dead
// letter that says so, and is not tried again and again.
func (a *args) UnmarshalJSON(data []byte) error {
	type plain args
	var p plain
	err := json.Unmarshal(data, &p)
	*a = args(p)
	a.broken = err != nil || a.Version < 1 || a.Request == "" && a.Version == version
	return nil
}

// request reads the request.
func (a *args) request() (buoy.Request, error) {
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

// args checks an item and makes it a job's.
func (it *Item) args(limit int) (args, error) {
	if err := it.Request.Validate(); err != nil {
		return args{}, requestError(err)
	}
	for _, name := range []struct{ field, value string }{{"tenant", it.Tenant}, {"key", it.Key}} {
		if len(name.value) > 256 || !printable(name.value) {
			return args{}, &buoy.RequestError{Field: name.field, Reason: "is longer than 256 bytes or has a byte that is no text: take a hash of it"}
		}
	}
	if it.Priority < High || it.Priority > Low {
		return args{}, &buoy.RequestError{Field: "priority", Reason: "is none of High, Normal and Low"}
	}
	body, err := it.Request.MarshalJSON()
	if err != nil {
		return args{}, requestError(err)
	}
	if len(body) > limit {
		return args{}, &buoy.RequestError{Field: "request", Reason: fmt.Sprintf("has %d bytes, over the limit of %d: send files by their URL, or raise Options.MaxRequest", len(body), limit)}
	}
	hash, err := digest(it.Tenant, it.Key, body)
	if err != nil {
		return args{}, err
	}
	return args{Version: version, Hash: hash, Tenant: it.Tenant, Model: clean(it.Request.Model, 200), Request: string(body)}, nil
}

// requestError is an error about a field as the client would return it.
func requestError(err error) error {
	if fe, ok := errors.AsType[*chat.FieldError](err); ok {
		return &buoy.RequestError{Field: fe.Field, Reason: fe.Reason}
	}
	return err
}

// digest is what equal jobs have in common. The names in the body are sorted, so that it
// does not depend on the order in which a version of buoy writes them.
func digest(tenant, key string, body []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	canonical, err := json.Marshal([]any{tenant, key, v})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// printable reports whether a text has nothing that a database refuses.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// clean is a foreign text for the database: PostgreSQL takes no NUL, and an error that
// it refuses would leave the job running for ever.
func clean(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}
