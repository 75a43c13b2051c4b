package buoyquota

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/durable"
	"github.com/buoy-go/buoy/internal/ledger"
)

// counts is what a file keeps.
type counts = ledger.Ledger[buoy.QuotaCount]

// format is the content of the file.
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

// version2 is the format's name. Its last member is a sum of all bytes before it.
const version2 = "buoy quota 2"

// version1 is that of a file without a sum.
const version1 = "buoy quota 1"

// What is around the sum. encode first writes a "}" of its own in its place.
const (
	sumBegin = ",\n \"crc32c\": \""
	sumEnd   = "\"\n}"
	lastEnd  = "\n}"
)

// decode reads a file.
func decode(data []byte) (l counts, err error) {
	damaged := func(err error) (counts, error) {
		return counts{}, fmt.Errorf("it is damaged (%w): mend it, or move it away to count from zero", err)
	}
	whole := bytes.TrimSuffix(data, []byte{'\n'})
	at := max(len(whole)-len(sumBegin)-durable.SumLength-len(sumEnd), 0)
	sum, begins := bytes.CutPrefix(whole[at:], []byte(sumBegin))
	sum, ends := bytes.CutSuffix(sum, []byte(sumEnd))
	summed := begins && ends
	if is := durable.Sum(whole[:at]); summed && string(sum) != is {
		return damaged(fmt.Errorf("its sum is %q, its content's %q, which is the one to write if it was changed by hand", sum, is))
	}
	var named struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(data, &named); err != nil {
		return damaged(err)
	}
	switch {
	case named.Format == version2 && !summed:
		return damaged(errors.New("it has no sum"))
	case named.Format == version1, named.Format == version2:
	default:
		return l, fmt.Errorf("its format is %.40q and not %q: it is not a quota file, or of a later version", named.Format, version2)
	}
	if summed {
		data = append(bytes.Clone(whole[:at]), lastEnd...)
	}
	var in format
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return damaged(err)
	}
	if in.Counts == nil || in.Claims == nil {
		return damaged(errors.New("its counts or its claims are missing"))
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
	out := format{Format: version2, Counts: make(map[string]count, len(l.Counts)), Claims: l.Claims}
	if out.Claims == nil {
		out.Claims = map[string]time.Time{}
	}
	for key, e := range l.Counts {
		out.Counts[key] = count{e.Count.Tokens, e.Count.Nanos, e.Count.Unknown, e.Expires}
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		return nil, err
	}
	data = data[:len(data)-len(lastEnd)]
	sum := durable.Sum(data)
	return append(data, sumBegin+sum+sumEnd+"\n"...), nil
}
