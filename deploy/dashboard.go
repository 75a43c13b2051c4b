package main

import (
	"encoding/json"
	"strings"
)

// section is a row of the dashboard and its panels, three or six side by side.
type section struct {
	title  string
	width  int // of a panel, of 24
	height int
	panels []panel
}

const (
	window = "$__rate_interval" // Grafana's: four scrapes, or a pixel
	model  = "{{gen_ai_request_model}}"
	at     = "{{buoy_endpoint}}"
)

// job limits a metric to the services that the reader has chosen.
func job(metric string, matchers ...string) string {
	return metric + "{" + strings.Join(append([]string{`job=~"$job"`}, matchers...), ", ") + "}"
}

func rate(series string) string { return "rate(" + series + "[" + window + "])" }

// sections are the dashboard, what an operator asks first at the top.
func sections(l Limits) []section {
	const (
		failed = `error_type!=""`
		byWhat = "gen_ai_request_model"
	)
	return []section{
		{"Now", 4, 4, []panel{
			number("Calls a second", "", "reqps", "none", 1e9, 2e9, query{"sum(" + rate(job(calls+"_count")) + ")", ""}),
			number("Calls answered", "The share of all calls, those that were canceled left out.", "percentunit", "no calls", 1-l.Failed/5, 1-l.Failed,
				query{"1 - (sum(" + rate(job(calls+"_count", `error_type!~"|canceled"`)) + ") or vector(0)) / sum(" + rate(job(calls+"_count", `error_type!="canceled"`)) + ")", ""}),
			number("First text, 95 %", "19 of 20 streams have begun after this time. Retries are included.", "s", "no streams", l.FirstChunk/2, l.FirstChunk,
				query{quantile(0.95, "", job(firstChunk), window), ""}),
			number("Cost of the last hour", "As far as the provider tells it.", "short", "not told", l.CostUSD/2, l.CostUSD,
				query{per("buoy_currency", grown(job(cost), "1h")), "{{buoy_currency}}"}),
			number("Breakers not closed", "Such a breaker refuses most calls here, without a request.", "short", "0", 1, 2,
				query{"count(" + job(breaker) + " > 0)", ""}),
			number("Keys out of use", "Refused as wrong, without money, or asked to go slower for some models.", "short", "0", 1, 2,
				query{"sum(" + job(keys, `buoy_key_state!="ready"`) + ")", ""}),
		}},
		{"What fails", 8, 8, []panel{
			stacked("Failed calls", "What the caller got, by kind. docs/errors.md says what each kind means.", "reqps",
				query{per("error_type", rate(job(calls+"_count", failed))), "{{error_type}}"}),
			stacked("Failed requests", "Also those that a retry, another key or a fallback made up for.", "reqps",
				query{per("buoy_endpoint, error_type", rate(job(attempts+"_count", failed))), at + " {{error_type}}"}),
			stacked("Why calls were given up", "Why a failed call was not tried once more. budget: the retry budget was empty.", "reqps",
				query{per("buoy_stop", rate(job(stops))), "{{buoy_stop}}"}),
		}},
		{"How long it takes", 8, 8, []panel{
			graph("Calls, 50 % and 95 %", "To the end of the answer.", "s",
				query{quantile(0.5, byWhat, job(calls), window), "50 % " + model}, query{quantile(0.95, byWhat, job(calls), window), "95 % " + model}),
			graph("First text, 50 % and 95 %", "Streams, retries included.", "s",
				query{quantile(0.5, byWhat, job(firstChunk), window), "50 % " + model}, query{quantile(0.95, byWhat, job(firstChunk), window), "95 % " + model}),
			graph("Between two pieces of a stream, 95 %", "As the caller reads them: a slow reader shows, too.", "s",
				query{quantile(0.95, byWhat, job(perChunk), window), model}),
			graph("Requests, 95 %", "Each request alone, by endpoint.", "s",
				query{quantile(0.95, "buoy_endpoint", job(attempts), window), at}),
			graph("Waits for limits and keys, 95 %", "permit: too many calls at once. rate: requests or tokens a minute. key: all keys rest.", "s",
				query{quantile(0.95, "buoy_endpoint, buoy_wait_for", job(waits), window), at + " {{buoy_wait_for}}"}),
			graph("Calls under a limit", "", "short",
				query{per("buoy_endpoint", job(running)), at + " running"}, query{per("buoy_endpoint", job(waiting)), at + " waiting"}),
		}},
		{"What buoy does about it", 8, 8, []panel{
			graph("Retries, hedges, fallbacks, recoveries", "", "reqps",
				query{"sum(" + rate(job(retries)) + ")", "retries"}, query{"sum(" + rate(job(hedges)) + ")", "hedges"},
				query{"sum(" + rate(job(fallbacks)) + ")", "fallbacks"}, query{"sum(" + rate(job(recoveries)) + ")", "recoveries"},
				query{"sum(" + rate(job(repaired)) + ")", "calls answered after a failure"}),
			states("Breakers", "", []string{"closed", "half open", "open"},
				query{"max by (buoy_endpoint, buoy_model) (" + job(breaker) + ")", at + " {{buoy_model}}"}),
			stacked("Keys", "cooled: it rests. disabled: it was refused as wrong.", "short",
				query{per("buoy_endpoint, buoy_key_state", job(keys)), at + " {{buoy_key_state}}"}),
			graph("Changes of keys in an hour", "", "short",
				query{per("buoy_endpoint, buoy_key_state, buoy_key_reason", grown(job(keyChanges), "1h")), at + " {{buoy_key_state}} {{buoy_key_reason}}"}),
		}},
		{"Retry budgets, queue, cache", 8, 8, []panel{
			graph("Retry budgets", "The share that is left. At 0 failures are not retried.", "percentunit",
				query{"min by (buoy_endpoint, buoy_model) (" + job(budget) + ")", at + " {{buoy_model}}"}),
			graph("Queue: age of jobs when they start, 50 % and 95 %", "", "s",
				query{quantile(0.5, "", job(jobAge, `buoy_queue_move="started"`), window), "50 %"}, query{quantile(0.95, "", job(jobAge, `buoy_queue_move="started"`), window), "95 %"}),
			graph("Queue: jobs that wait", "", "short", query{"max(" + job(depth) + ")", "waiting"}),
			stacked("Queue: what becomes of jobs", "", "ops", query{per("buoy_queue_move", rate(job(jobs))), "{{buoy_queue_move}}"}),
			stacked("Cache", "hit and stale: no request was sent.", "ops", query{per("buoy_cache_result", rate(job(cached))), "{{buoy_cache_result}}"}),
		}},
		{"What it costs", 8, 8, []panel{
			graph("Cost an hour", "Failed and discarded requests included, as far as the provider tells.", "short",
				query{per("buoy_currency, buoy_model", grown(job(cost), "1h")), "{{buoy_currency}} {{buoy_model}}"}),
			stacked("Tokens a second", "Input includes what was read from the provider's cache; output includes reasoning.", "short",
				query{"sum(" + rate(job(input)) + ")", "input"}, query{"sum(" + rate(job(output)) + ")", "output"}),
			graph("Parts of them", "", "short",
				query{"sum(" + rate(job(cacheRead)) + ")", "input from the cache"}, query{"sum(" + rate(job(reasoning)) + ")", "output for reasoning"}),
			graph("Quotas", "1 is all of it.", "percentunit",
				query{"max by (buoy_quota) (" + job(quotaShare) + ")", "{{buoy_quota}}"}),
		}},
	}
}

// dashboardJSON is the dashboard as Grafana imports it.
func dashboardJSON(l Limits) ([]byte, error) {
	b := board{
		UID: "buoy", Title: "buoy: calls of language models", Description: "Calls, failures, times and cost of services that use buoy, from the metrics of buoyotel.",
		Tags: []string{"buoy", "genai"}, Timezone: "browser", Editable: true, GraphTooltip: 1, Refresh: "30s", SchemaVersion: 39, Version: 1,
		Time: timeRange{"now-1h", "now"},
		Links: []link{{Title: "What each alert asks of you", Type: "link", Icon: "doc", URL: runbook, Tags: []string{}, TargetBlank: true,
			Tooltip: "the runbook"}},
	}
	b.Templating.List = []variable{
		{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus", Refresh: 1},
		{Name: "job", Label: "Service", Type: "query", Query: "label_values(" + attempts + "_count, job)", Datasource: &chosen, Refresh: 2, Sort: 1,
			Multi: true, IncludeAll: true, AllValue: ".*", Current: &choice{"All", "$__all"}},
	}
	b.Annotations.List = []annotation{{Name: "Alerts", Datasource: chosen, Enable: true, IconColor: "red",
		Expr: `ALERTS{alertname=~"Buoy.*", alertstate="firing"}`, TitleFormat: "{{alertname}}"}}
	y := 0
	add := func(p panel, at place) {
		p.ID, p.GridPos = len(b.Panels)+1, at
		b.Panels = append(b.Panels, p)
	}
	for _, s := range sections(l) {
		add(panel{Type: "row", Title: s.title, Collapsed: new(false), Panels: &[]panel{}}, place{H: 1, W: 24, Y: y})
		y++
		for i, p := range s.panels {
			p.Datasource = &chosen
			column, row := i%(24/s.width), i/(24/s.width)
			add(p, place{H: s.height, W: s.width, X: column * s.width, Y: y + row*s.height})
		}
		rows := (len(s.panels)*s.width + 23) / 24
		y += rows * s.height
	}
	out, err := json.MarshalIndent(b, "", "  ")
	return append(out, '\n'), err
}
