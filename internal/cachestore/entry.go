// Package cachestore keeps answers in a store of bytes that may be down, slow or full of
// garbage: it bounds each wait for it, writes behind the caller, and takes nothing for an
// answer that is not one.
package cachestore

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"time"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/jprint"
	"github.com/buoy-go/buoy/internal/jscan"
)

// ErrDamaged is a value that was not written by this version of the package, or was
// changed since, or belongs to another key.
var ErrDamaged = errors.New("the value is damaged, or another version's or another key's")

// Entry is an answer as it is stored.
type Entry struct {
	Stored    time.Time
	Until     time.Time // it is fresh until then
	Endpoint  string    // label of the one that answered
	Model     string    // that endpoint's name for it
	RequestID string
	// Response is the provider's reply, or the answer in the form of one.
	Response json.RawMessage
}

// A value is one JSON object. It begins with the version and the checksum of all that
// follows it, each of fixed length:
//
//	{"buoy":1,"sum":"0a1b2c3d","key":"...","stored":1790000000000,"until":...,"response":{...}}
const (
	head    = `{"buoy":1,"sum":"`
	sumEnd  = len(head) + 8
	covered = sumEnd + len(`"`) // from here on the checksum counts
)

// castagnoli is the checksum that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode writes the entry for a key.
func (e *Entry) Encode(key string) []byte {
	w := jprint.Writer{Buf: make([]byte, 0, covered+len(key)+len(e.Response)+len(e.Endpoint)+len(e.Model)+len(e.RequestID)+128)}
	w.Buf = append(w.Buf, head+"00000000"+`"`...)
	w.Key("key")
	w.String(key)
	w.Key("stored")
	w.Int(e.Stored.UnixMilli())
	w.Key("until")
	w.Int(e.Until.UnixMilli())
	for _, f := range [...]struct{ name, value string }{{"endpoint", e.Endpoint}, {"model", e.Model}, {"request_id", e.RequestID}} {
		if f.value != "" {
			w.Key(f.name)
			w.String(f.value)
		}
	}
	w.Key("response")
	w.Buf = append(append(w.Buf, e.Response...), '}')
	copy(w.Buf[len(head):], fmt.Sprintf("%08x", crc32.Checksum(w.Buf[covered:], castagnoli)))
	return w.Buf
}

// Decode reads what Encode wrote for a key. Strings that the entry has already are kept
// where they are the same, so that a caller who knows what to expect pays no memory for
// them. Response is a part of value, which only Answer reads. The error is ErrDamaged.
func (e *Entry) Decode(value []byte, key string) error {
	if len(value) < covered || string(value[:len(head)]) != head || value[sumEnd] != '"' {
		return ErrDamaged
	}
	sum, err := strconv.ParseUint(string(value[len(head):sumEnd]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(value[covered:], castagnoli) {
		return ErrDamaged
	}
	if e.decodeOpening(value[covered:], key) {
		return nil
	}
	return e.decodeJSON(value, key)
}

// decodeJSON reads a value, however its JSON is written.
func (e *Entry) decodeJSON(value []byte, key string) error {
	var c jscan.Cursor
	c.Reset(value)
	e.Response = nil
	belongs := false
	for c.Object(); e.Response == nil; {
		name, ok := c.Key()
		if !ok {
			break
		}
		switch string(name) {
		case "key":
			got, _ := c.Text()
			belongs = string(got) == key
		case "stored":
			e.Stored = instant(&c)
		case "until":
			e.Until = instant(&c)
		case "endpoint":
			e.Endpoint, _ = c.String(e.Endpoint)
		case "model":
			e.Model, _ = c.String(e.Model)
		case "request_id":
			e.RequestID, _ = c.String(e.RequestID)
		case "response": // the last one, which Answer reads
			if c.Kind() != jscan.Object {
				return ErrDamaged
			}
			e.Response = value[len(c.Passed()) : len(value)-1]
		default:
			c.Skip()
		}
	}
	if c.Err() != nil || !belongs || e.Response == nil {
		return ErrDamaged
	}
	return nil
}

// instant reads a time in milliseconds.
func instant(c *jscan.Cursor) time.Time {
	ms, _ := c.Int()
	return time.UnixMilli(ms)
}

// Answer decodes the response of an entry into resp, with regard to what was asked for,
// as it was when it came. The error is ErrDamaged: what is stored was complete once.
func (e *Entry) Answer(asked chat.Asked, resp *chat.Response) error {
	if _, err := asked.DecodeResponse(e.Response, resp); err != nil || resp.Check() != nil {
		return ErrDamaged
	}
	return nil
}
