package buoyquota

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/ledger"
)

// counts is what a file keeps.
type counts = ledger.Ledger[buoy.QuotaCount]

// format is what stands in the file.
type format struct {
	Format string               `json:"format"`
	Counts map[string]count     `json:"counts"`
	Claims map[string]time.Time `json:"claims"`
}

// count is one count.
type count struct {
	Tokens  int64     `json:"tokens"`
	Nanos   int64     `json:"nanos"`
	Unknown int64     `json:"unknown,omitempty"`
	Expires time.Time `json:"expires"`
}

// version1 is the format's name.
const version1 = "buoy quota 1"

// decode reads a file.
func decode(data []byte) (l counts, err error) {
	damaged := func(err error) (counts, error) {
		return counts{}, fmt.Errorf("it is damaged (%w): mend it, or move it away to count from zero", err)
	}
	var in format
	d := json.NewDecoder(bytes.NewReader(data))
	if err := d.Decode(&in); err != nil {
		return damaged(err)
	}
	if d.More() {
		return damaged(errors.New("there is something behind its end"))
	}
	if in.Format != version1 {
		return l, fmt.Errorf("its format is %.40q and not %q: it is not a quota file, or of a later version", in.Format, version1)
	}
	l.Counts = make(map[string]ledger.Entry[buoy.QuotaCount], len(in.Counts))
	for key, c := range in.Counts {
		if c.Tokens < 0 || c.Nanos < 0 || c.Unknown < 0 {
			return damaged(errors.New("it has a count below zero"))
		}
		l.Counts[key] = ledger.Entry[buoy.QuotaCount]{Count: buoy.QuotaCount{Tokens: c.Tokens, Nanos: c.Nanos, Unknown: c.Unknown}, Expires: c.Expires}
	}
	l.Claims = in.Claims
	return l, nil
}

// encode is a file's content.
func encode(l *counts) ([]byte, error) {
	out := format{Format: version1, Counts: make(map[string]count, len(l.Counts)), Claims: l.Claims}
	if out.Claims == nil {
		out.Claims = map[string]time.Time{}
	}
	for key, e := range l.Counts {
		out.Counts[key] = count{e.Count.Tokens, e.Count.Nanos, e.Count.Unknown, e.Expires}
	}
	data, err := json.MarshalIndent(out, "", " ")
	return append(data, '\n'), err
}
