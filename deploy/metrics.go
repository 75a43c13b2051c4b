package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/buoy-go/buoy"
)

// The metrics of buoyotel, as OpenTelemetry's exporter writes them for Prometheus. A
// histogram has _count, _sum and _bucket besides.
const (
	calls      = "gen_ai_client_inference_duration_seconds"
	firstChunk = "gen_ai_client_inference_time_to_first_chunk_seconds"
	perChunk   = "gen_ai_client_inference_time_per_output_chunk_seconds"
	input      = "gen_ai_client_inference_usage_input_tokens_total"
	output     = "gen_ai_client_inference_usage_output_tokens_total"
	cacheRead  = "gen_ai_client_inference_usage_cache_read_input_tokens_total"
	reasoning  = "gen_ai_client_inference_usage_reasoning_output_tokens_total"

	attempts   = "buoy_attempt_duration_seconds"
	waits      = "buoy_wait_duration_seconds"
	cost       = "buoy_cost_total"
	stops      = "buoy_stops_total"
	retries    = "buoy_retries_total"
	fallbacks  = "buoy_fallbacks_total"
	hedges     = "buoy_hedges_total"
	recoveries = "buoy_recoveries_total"
	repaired   = "buoy_repaired_total"
	keyChanges = "buoy_key_changes_total"
	breaker    = "buoy_breaker_state"
	keys       = "buoy_keys"
	running    = "buoy_limit_running"
	waiting    = "buoy_limit_waiting"
	quotaShare = "buoy_quota_share_ratio"
	budget     = "buoy_retry_budget_share_ratio"
	jobs       = "buoy_queue_jobs_total"
	jobAge     = "buoy_queue_age_seconds"
	depth      = "buoy_queue_depth"
	cached     = "buoy_cache_results_total"
)

// grown is by how much counters have grown in a window. A series that appears with its
// first failure has not increased, since it never was zero: all of it counts.
func grown(series, window string) string {
	return fmt.Sprintf("((%[1]s unless %[1]s offset %[2]s) or increase(%[1]s[%[2]s]))", series, window)
}

// per adds up by labels.
func per(labels, expr string) string { return fmt.Sprintf("sum by (%s) (%s)", labels, expr) }

// quantile is one of a histogram, by labels.
func quantile(q float64, labels, histogram, window string) string {
	if labels != "" {
		labels = ", " + labels
	}
	series, matchers, _ := strings.Cut(histogram, "{")
	if matchers != "" {
		matchers = "{" + matchers
	}
	return fmt.Sprintf("histogram_quantile(%g, sum by (le%s) (rate(%s_bucket%s[%s])))", q, labels, series, matchers, window)
}

// kinds is a matcher of the kinds of a severity, but for some.
func kinds(s buoy.Severity, but ...buoy.Kind) string {
	var all []string
	for k := range buoy.Kinds() {
		if k.Severity() == s && !slices.Contains(but, k) {
			all = append(all, string(k))
		}
	}
	return fmt.Sprintf(`error_type=~"%s"`, strings.Join(all, "|"))
}
