package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/buoy-go/buoy"
)

// runbook is where each alert is explained, under a heading with its name.
const runbook = "https://github.com/buoy-go/buoy/blob/main/docs/watching.md"

// Limits are the numbers that differ from one service to the next. main has a flag for
// each.
type Limits struct {
	CostUSD, CostRUB float64 // an hour
	FirstChunk       float64 // seconds, the 95th percentile
	Failed           float64 // share of calls
	RateLimited      float64 // share of requests
	Quota            float64 // share that is spent
	QueueAge         float64 // seconds, the 95th percentile of jobs that are started
}

// check refuses limits under which an alert would never come, or always.
func (l Limits) check() error {
	for _, v := range []struct {
		flag  string
		value float64
		share bool
	}{
		{"cost-usd", l.CostUSD, false}, {"cost-rub", l.CostRUB, false}, {"first-chunk", l.FirstChunk, false}, {"queue-age", l.QueueAge, false},
		{"failed", l.Failed, true}, {"rate-limited", l.RateLimited, true}, {"quota", l.Quota, true},
	} {
		switch {
		case v.share && !(v.value >= 0 && v.value <= 1):
			return fmt.Errorf("-%s is %g: write a share from 0 to 1, such as 0.05 for 5 %%", v.flag, v.value)
		case !(v.value >= 0) || math.IsInf(v.value, 1):
			return fmt.Errorf("-%s is %g: write 0 or more", v.flag, v.value)
		}
	}
	return nil
}

// defaultLimits are those of the file in prometheus.
var defaultLimits = Limits{CostUSD: 20, CostRUB: 2000, FirstChunk: 10, Failed: 0.05, RateLimited: 0.1, Quota: 0.9, QueueAge: 600}

// alert is a rule before it is written.
type alert struct {
	name     string
	severity buoy.Severity
	expr     string
	wait     string // how long it must be so
	summary  string
}

const (
	endpointLabel = "buoy_endpoint"
	callLabels    = "gen_ai_provider_name, gen_ai_request_model"
)

// alerts are all rules, the most urgent first.
func alerts(l Limits) []alert {
	critical, important := buoy.SeverityCritical, buoy.SeverityImportant
	standard, informational := buoy.SeverityStandard, buoy.SeverityInformational
	refused := func(matcher string) string {
		return per(endpointLabel+", error_type", grown(attempts+"_count{"+matcher+"}", "10m")) + " > 0"
	}
	failed := func(matcher string) string {
		return fmt.Sprintf("%s\n/\n%s", per(callLabels, grown(calls+"_count{"+matcher+"}", "10m")), per(callLabels, grown(calls+"_count", "10m")))
	}
	return []alert{
		{"BuoyKeyRefused", critical, refused(kinds(critical, buoy.ErrQuota)), "",
			`{{ $labels.buoy_endpoint }} refused {{ $value | humanize }} requests of the last 10 minutes: {{ $labels.error_type }}`},
		{"BuoyOutOfMoney", critical, refused(`error_type="quota"`), "",
			`{{ $labels.buoy_endpoint }} refused {{ $value | humanize }} requests of the last 10 minutes for money`},
		{"BuoyNoKeyLeft", critical, per(endpointLabel, keys+`{buoy_key_state=~"ready|limited"}`) + " == 0", "1m",
			`no key of {{ $labels.buoy_endpoint }} can be used`},
		{"BuoyQuotaNearlySpent", important, fmt.Sprintf("max by (buoy_quota) (%s) >= %g", quotaShare, l.Quota), "",
			`{{ $value | humanizePercentage }} of the quota {{ $labels.buoy_quota }} is spent`},
		{"BuoyCostAnHour", important, fmt.Sprintf("%s > %g\nor\n%s > %g",
			per("buoy_currency", grown(cost+`{buoy_currency="USD"}`, "1h")), l.CostUSD,
			per("buoy_currency", grown(cost+`{buoy_currency="RUB"}`, "1h")), l.CostRUB), "",
			`the last hour cost {{ $value | humanize }} {{ $labels.buoy_currency }}`},
		{"BuoyRateLimited", important, fmt.Sprintf("%s\n/\n%s > %g",
			per(endpointLabel, grown(attempts+"_count{"+kinds(important)+"}", "10m")), per(endpointLabel, grown(attempts+"_count", "10m")), l.RateLimited), "2m",
			`{{ $labels.buoy_endpoint }} refuses {{ $value | humanizePercentage }} of the requests as too many`},
		{"BuoyRetryBudgetEmpty", important, per(endpointLabel, grown(stops+`{buoy_stop="budget"}`, "10m")) + " > 0", "",
			`{{ $value | humanize }} calls to {{ $labels.buoy_endpoint }} failed in 10 minutes without a retry that would have been allowed`},
		{"BuoyBreakerOpen", important, fmt.Sprintf("max by (buoy_endpoint, buoy_model) (%s) > 0", breaker), "2m",
			`the breaker of {{ $labels.buoy_model }} at {{ $labels.buoy_endpoint }} is not closed: most calls are refused here`},
		{"BuoyFirstChunkSlow", important, quantile(0.95, callLabels, firstChunk, "10m") + fmt.Sprintf(" > %g", l.FirstChunk), "3m",
			`one of twenty streams of {{ $labels.gen_ai_request_model }} waits {{ $value | humanizeDuration }} or longer for its first text`},
		{"BuoyQueueAge", important, quantile(0.95, "", jobAge+`{buoy_queue_move="started"}`, "10m") + fmt.Sprintf(" > %g", l.QueueAge), "3m",
			`jobs wait {{ $value | humanizeDuration }} in the queue before they are started`},
		{"BuoyCallsFail", standard, fmt.Sprintf("%s > %g", failed(kinds(standard)), l.Failed), "2m",
			`{{ $value | humanizePercentage }} of the calls of {{ $labels.gen_ai_request_model }} to {{ $labels.gen_ai_provider_name }} fail`},
		{"BuoyInvalidRequests", informational, fmt.Sprintf("%s > %g", failed(kinds(informational, buoy.ErrCanceled)), l.Failed), "2m",
			`{{ $value | humanizePercentage }} of the calls of {{ $labels.gen_ai_request_model }} are refused for what they ask`},
	}
}

// anchor is the part of an address that leads to the alert's section.
func (a alert) anchor() string { return strings.ToLower(a.name) }

// The file as Prometheus reads it.
type (
	ruleFile  struct{ Groups []ruleGroup }
	ruleGroup struct {
		Name  string
		Rules []rule
	}
	rule struct {
		Alert       string            `yaml:"alert"`
		Expr        string            `yaml:"expr"`
		For         string            `yaml:"for,omitempty"`
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	}
)

// alertsYAML is the file of all rules.
func alertsYAML(l Limits) ([]byte, error) {
	group := ruleGroup{Name: "buoy"}
	for _, a := range alerts(l) {
		group.Rules = append(group.Rules, rule{
			Alert: a.name, Expr: a.expr, For: a.wait,
			Labels:      map[string]string{"severity": string(a.severity)},
			Annotations: map[string]string{"summary": a.summary, "runbook_url": runbook + "#" + a.anchor()},
		})
	}
	var out bytes.Buffer
	out.WriteString("# Alerts about the calls of buoy. Written by go run . in deploy, which has flags for the limits.\n")
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(ruleFile{[]ruleGroup{group}}); err != nil {
		return nil, err
	}
	return out.Bytes(), enc.Close()
}
