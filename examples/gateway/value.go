package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// The values of the configuration know whether they were set: a zero that was
// written means something else than the default, which it would become in buoy.

// duration is written as in Go: "500ms", "2m".
type duration struct {
	value time.Duration
	set   bool
	err   error // told by check, which knows the name
}

// UnmarshalJSON reads a duration.
func (d *duration) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	d.set = true
	var text string
	if json.Unmarshal(data, &text) != nil {
		d.err = fmt.Errorf("is %.100s, which is no string", data)
		return nil
	}
	if d.value, d.err = time.ParseDuration(text); d.err != nil {
		d.err = fmt.Errorf("is %.100q", text)
	}
	return nil
}

// negative says what a duration below zero means.
type negative bool

const (
	negativeIsNone  negative = true
	negativeIsWrong negative = false
)

// maxWait bounds what is waited for. Who means for ever can say so.
const maxWait = 24 * time.Hour

func (d duration) check(n negative) error { return d.checkUpTo(maxWait, n) }

func (d duration) checkUpTo(most time.Duration, n negative) error {
	none := ""
	if n == negativeIsNone {
		none = `, or set "-1s" for no limit`
	}
	switch {
	case !d.set:
		return nil
	case d.err != nil:
		return fmt.Errorf(`%w: write it as in Go, such as "500ms" or "2m"`, d.err)
	case d.value == 0:
		return errors.New("is zero: leave it out for the default" + none)
	case d.value < 0 && n == negativeIsNone:
		return nil
	case d.value < 0:
		return fmt.Errorf("is negative (%v): leave it out for the default", d.value)
	case d.value < time.Millisecond:
		return fmt.Errorf("is shorter than a millisecond (%v): is the unit right?", d.value)
	case d.value > most:
		return fmt.Errorf("is longer than %.0f hours (%v): is the unit right? Leave it out for the default%s", most.Hours(), d.value, none)
	}
	return nil
}

// number is a count.
type number struct {
	value int64
	set   bool
	err   error
}

// UnmarshalJSON reads a number.
func (n *number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	n.set = true
	if json.Unmarshal(data, &n.value) != nil {
		n.err = fmt.Errorf("is %.100s, which is not a whole number", data)
	}
	return nil
}

func (n number) check(least, most int64, fix string) error {
	switch {
	case !n.set:
		return nil
	case n.err != nil:
		return fmt.Errorf("%w: %s", n.err, fix)
	case n.value < least:
		return fmt.Errorf("is %d, less than %d: %s", n.value, least, fix)
	case n.value > most:
		return fmt.Errorf("is %d, more than %d: %s", n.value, most, fix)
	}
	return nil
}

// maxName bounds the names in the file.
const maxName = 100

// plainText refuses what cannot stand in a header, or would look like something
// else there or in a log.
func plainText(s string, most int) error {
	switch {
	case s == "":
		return errors.New("is empty")
	case len(s) > most:
		return fmt.Errorf("is longer than %d bytes", most)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%q has white space around it: trim it", s)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%q has a control character: it has to stand in a header", s)
	}
	return nil
}
