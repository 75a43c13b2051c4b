package buoyhttp

import (
	"fmt"

	"github.com/buoy-go/buoy/status"
)

// keyRow is a line of the table of keys.
type keyRow struct {
	Endpoint, Label string
	badge
	For   string   // how long yet
	Notes []string // below it
}

// shownModels is how many models of a key the page names. The JSON has all.
const shownModels = 3

// keyRows are the sources of keys that fail, and the keys.
func keyRows(s status.Client) (out []keyRow) {
	for _, e := range s.Endpoints {
		if !e.KeySourceFailing.IsZero() {
			row := keyRow{Endpoint: e.Name, Label: "key source", badge: badge{"fails", class(!anyUsable(&s, e.Name))}, For: " for " + roughly(max(s.Time.Sub(e.KeySourceFailing), 0))}
			out = append(out, row)
		}
	}
	for _, k := range s.Keys {
		row := keyRow{Endpoint: k.Endpoint, Label: k.Label, badge: keyBadge(k), For: until(k.Until, s.Time)}
		if k.Label == "" {
			row.Label = "no key"
		}
		switch k.State {
		case status.KeyLimited:
			row.For = "" // each model has its own
		case status.KeyRefused:
			row.Notes = append(row.Notes, "still asked")
		}
		for i, m := range k.Models {
			if i == shownModels {
				row.Notes = append(row.Notes, count(len(k.Models)-i, "further model"))
				break
			}
			row.Notes = append(row.Notes, fmt.Sprintf("%s: %s%s", m.Model, m.Reason, until(m.Until, s.Time)))
		}
		out = append(out, row)
	}
	return out
}

func keyBadge(k status.Key) badge {
	switch k.State {
	case status.KeyReady:
		return badge{"ready", "well"}
	case status.KeyLimited:
		return badge{"rests for " + count(len(k.Models), "model"), "warn"}
	case status.KeyCooled:
		return badge{"rests: " + k.Reason, "bad"}
	}
	return badge{string(k.State) + ": " + k.Reason, "bad"}
}
