// Package alerts has the alert rules for Sentry that deploy/sentry holds as JSON: one for
// each severity. The bodies are those of the API "Create an Issue Alert Rule for a
// Project".
// See https://docs.sentry.io/api/alerts/create-an-issue-alert-rule-for-a-project/.
package alerts

import (
	"time"

	"github.com/buoy-go/buoy"
)

// Alert says when Sentry tells somebody.
type Alert struct {
	Severity buoy.Severity
	Name     string
	First    bool // a new issue, and one that is back after it was resolved
	More     int  // more events of an issue than these within Within; 0 with First unset: each event
	Within   Interval
	Again    time.Duration // an issue is told once in this time
}

// Interval is a time that Sentry counts events in.
type Interval struct {
	Name string
	Of   time.Duration
}

// The intervals that are used; Sentry knows few.
var (
	quarter = Interval{"15m", 15 * time.Minute}
	hour    = Interval{"1h", time.Hour}
)

// All are the alerts, the most urgent first. How many events an issue sends at most is
// in package bucket: a rule above that would never fire.
var All = []Alert{
	{Severity: buoy.SeverityCritical, Name: "buoy critical: a key, a bill or a permission", Again: 30 * time.Minute},
	{Severity: buoy.SeverityImportant, Name: "buoy important: the provider's rate limit is reached", More: 10, Within: quarter, Again: time.Hour},
	{Severity: buoy.SeverityStandard, Name: "buoy standard: the provider fails", First: true, More: 15, Within: quarter, Again: time.Hour},
	{Severity: buoy.SeverityInformational, Name: "buoy informational: requests are refused as wrong", More: 50, Within: hour, Again: 24 * time.Hour},
}

// Rule is the body of the API.
type Rule struct {
	Name        string `json:"name"`
	Frequency   int    `json:"frequency"` // minutes
	ActionMatch string `json:"actionMatch"`
	Conditions  []Node `json:"conditions"` // none: each event
	FilterMatch string `json:"filterMatch"`
	Filters     []Node `json:"filters"`
	Actions     []Node `json:"actions"`
}

// Node is a condition, a filter or an action.
type Node map[string]any

// Rule writes an alert as the API takes it. It goes to those who own the issue, else to
// all active members of the project.
func (a Alert) Rule() Rule {
	r := Rule{
		Name: a.Name, Frequency: int(a.Again.Minutes()), ActionMatch: "any", FilterMatch: "all",
		Conditions: []Node{},
		Filters: []Node{{
			"id":  "sentry.rules.filters.tagged_event.TaggedEventFilter",
			"key": "buoy.severity", "match": "eq", "value": string(a.Severity),
		}},
		Actions: []Node{{
			"id":         "sentry.mail.actions.NotifyEmailAction",
			"targetType": "IssueOwners", "fallthroughType": "ActiveMembers",
		}},
	}
	if a.First {
		r.Conditions = append(r.Conditions,
			Node{"id": "sentry.rules.conditions.first_seen_event.FirstSeenEventCondition"},
			Node{"id": "sentry.rules.conditions.regression_event.RegressionEventCondition"})
	}
	if a.More > 0 {
		r.Conditions = append(r.Conditions, Node{
			"id":    "sentry.rules.conditions.event_frequency.EventFrequencyCondition",
			"value": a.More, "interval": a.Within.Name, "comparisonType": "count",
		})
	}
	return r
}
