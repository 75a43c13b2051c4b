package buoyqueue

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoyqueue/internal/record"
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

// args checks an item and makes it a job's.
func (it *Item) args(limit int) (record.Args, error) {
	if err := it.Request.Validate(); err != nil {
		return record.Args{}, requestError(err)
	}
	for _, name := range []struct{ field, value string }{{"tenant", it.Tenant}, {"key", it.Key}} {
		if len(name.value) > 256 || !printable(name.value) {
			return record.Args{}, &buoy.RequestError{Field: name.field, Reason: "is longer than 256 bytes or has a byte that is no text: take a hash of it"}
		}
	}
	if it.Priority < High || it.Priority > Low {
		return record.Args{}, &buoy.RequestError{Field: "priority", Reason: "is none of High, Normal and Low"}
	}
	if it.NotBefore.UTC().Year() > 9999 { // the databases write such times as they like
		return record.Args{}, &buoy.RequestError{Field: "not_before", Reason: "is after the year 9999: leave it zero for now"}
	}
	body, err := it.Request.MarshalJSON()
	if err != nil {
		return record.Args{}, requestError(err)
	}
	if len(body) > limit {
		return record.Args{}, &buoy.RequestError{Field: "request", Reason: fmt.Sprintf("has %d bytes, over the limit of %d: send files by their URL, or raise Options.MaxRequest", len(body), limit)}
	}
	hash, err := record.Digest(it.Tenant, it.Key, &it.Request)
	if err != nil {
		return record.Args{}, &buoy.RequestError{Field: "request", Reason: "is nested too deeply to be compared with others"}
	}
	return record.Args{Version: record.Version, Hash: hash, Tenant: it.Tenant, Model: clean(it.Request.Model, 200), Request: string(body)}, nil
}

// requestError is an error about a field as the client would return it.
func requestError(err error) error {
	if fe, ok := errors.AsType[*chat.FieldError](err); ok {
		return &buoy.RequestError{Field: fe.Field, Reason: fe.Reason}
	}
	return err
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
