package buoytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// differences lists the places in which two JSON values differ, up to most of them.
func differences(then, now any, most int) []string {
	d := comparison{most: most}
	d.compare("", then, now)
	return d.found
}

type comparison struct {
	most  int
	found []string
}

func (d *comparison) compare(place string, then, now any) {
	if len(d.found) >= d.most {
		return
	}
	switch a := then.(type) {
	case map[string]any:
		if b, ok := now.(map[string]any); ok {
			d.objects(place, a, b)
			return
		}
	case []any:
		if b, ok := now.([]any); ok {
			d.lists(place, a, b)
			return
		}
	case json.Number:
		if b, ok := now.(json.Number); ok && sameNumber(a, b) {
			return
		}
	case string:
		if b, ok := now.(string); ok {
			if a != b {
				d.add("%s %s", place, textDifference(a, b))
			}
			return
		}
	default: // a bool or null
		switch now.(type) {
		case map[string]any, []any:
		default:
			if then == now {
				return
			}
		}
	}
	d.add("%s was %s, and is %s", place, short(then), short(now))
}

func (d *comparison) objects(place string, then, now map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(then)) {
		if v, ok := now[name]; ok {
			d.compare(join(place, name), then[name], v)
		} else {
			d.add("%s was %s, and is missing", join(place, name), short(then[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if _, ok := then[name]; !ok {
			d.add("%s is new: %s", join(place, name), short(now[name]))
		}
	}
}

func (d *comparison) lists(place string, then, now []any) {
	for i := range min(len(then), len(now)) {
		d.compare(fmt.Sprintf("%s[%d]", place, i), then[i], now[i])
	}
	if len(then) != len(now) {
		d.add("%s had %d elements, and has %d", place, len(then), len(now))
	}
}

func (d *comparison) add(format string, args ...any) {
	if len(d.found) < d.most {
		d.found = append(d.found, fmt.Sprintf(format, args...))
	}
}

func join(place, name string) string {
	if place == "" {
		return name
	}
	return place + "." + name
}

// sameNumber compares 1.50 and 1.5 as numbers, and whole numbers by their digits: they
// may be longer than a float64 is exact.
func sameNumber(a, b json.Number) bool {
	if a == b || !strings.ContainsAny(string(a+b), ".eE") {
		return a == b
	}
	x, err := a.Float64()
	y, err2 := b.Float64()
	return err == nil && err2 == nil && x == y
}

// textDifference says how a text differs. Of long ones it shows the first place, since
// their beginnings may be the same.
func textDifference(then, now string) string {
	if len(then) <= mostShown && len(now) <= mostShown {
		return fmt.Sprintf("was %s, and is %s", short(then), short(now))
	}
	a, b := []rune(then), []rune(now)
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	around := func(text []rune) string {
		from := max(at-20, 0)
		excerpt := string(text[from:])
		if from > 0 {
			excerpt = "..." + excerpt
		}
		return short(excerpt)
	}
	return fmt.Sprintf("differs from character %d on: was %s, and is %s", at+1, around(a), around(b))
}

// mostShown is how many characters of a value are shown.
const mostShown = 80

// short is a value as JSON, its end cut off where it is long.
func short(v any) string {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	line := strings.TrimSuffix(text.String(), "\n")
	if runes := []rune(line); len(runes) > mostShown {
		return string(runes[:mostShown]) + "..."
	}
	return line
}
