package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/buoy-go/buoy/internal/service"
)

// promtool comes with Prometheus.
var promtool = service.Program{Name: "promtool", Package: "prometheus"}

func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out[:min(len(out), 8000)])
}

func TestCheckRules(t *testing.T) {
	path := service.Need(t, promtool)
	cmd := exec.Command(path, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join("prometheus", "buoy.rules.yml"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// A test of rules, as promtool reads it.
type (
	ruleTest struct {
		RuleFiles          []string `yaml:"rule_files"`
		EvaluationInterval string   `yaml:"evaluation_interval"`
		Tests              []tested `yaml:"tests"`
	}
	tested struct {
		Interval    string      `yaml:"interval"`
		InputSeries []series    `yaml:"input_series"`
		Alerts      []alertTest `yaml:"alert_rule_test"`
		Exprs       []exprTest  `yaml:"promql_expr_test"`
	}
	series    struct{ Series, Values string }
	alertTest struct {
		EvalTime string     `yaml:"eval_time"`
		Name     string     `yaml:"alertname"`
		Want     []expected `yaml:"exp_alerts"`
	}
	expected struct {
		Labels      map[string]string `yaml:"exp_labels"`
		Annotations map[string]string `yaml:"exp_annotations"`
	}
	exprTest struct {
		Expr     string   `yaml:"expr"`
		EvalTime string   `yaml:"eval_time"`
		Want     []sample `yaml:"exp_samples"`
	}
	sample struct {
		Labels string  `yaml:"labels"`
		Value  float64 `yaml:"value"`
	}
)

// Each alert fires in its trouble of the run and not while all goes well, and those of a
// trouble that has passed are quiet again.
func TestRulesOverARun(t *testing.T) {
	path := service.Need(t, promtool)
	scrapes := scraped(t)
	test := tested{Interval: "1m"}
	seen := map[string]bool{}
	for _, s := range scrapes {
		for name := range s {
			seen[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		test.InputSeries = append(test.InputSeries, series{name, values(scrapes, name)})
	}
	expect := func(minute int, want float64, expr string) {
		test.Exprs = append(test.Exprs, exprTest{Expr: expr, EvalTime: fmt.Sprintf("%dm", minute), Want: []sample{{"{}", want}}})
	}
	fired := func(name string, minutes int) string {
		return fmt.Sprintf(`count(last_over_time(ALERTS{alertname=%q, alertstate="firing"}[%dm])) > bool 0 or vector(0)`, name, minutes)
	}
	expect(quietMinutes, 0, `count(last_over_time(ALERTS[`+fmt.Sprint(quietMinutes)+`m])) or vector(0)`)
	left := map[string]bool{}
	for _, a := range alerts(defaultLimits) {
		left[a.name] = true
	}
	for _, trouble := range append(troubles, trouble{from: queueFrom, to: queueTo, alerts: []string{"BuoyQueueAge"}}) {
		for _, name := range trouble.alerts {
			delete(left, name)
			expect(trouble.to, 1, fired(name, trouble.to-trouble.from))
			expect(trouble.from-1, 0, fired(name, 1))
			expect(min(trouble.to+11, hourMinutes-1), 0, fired(name, 1))
		}
	}
	for _, name := range spent {
		delete(left, name)
		expect(40, 0, fired(name, 1))
		expect(hourMinutes-1, 1, fired(name, 1))
	}
	require.Empty(t, left, "alerts that the run never provokes")
	test.Alerts = []alertTest{{EvalTime: "95m", Name: "BuoyNoKeyLeft", Want: []expected{{
		Labels: map[string]string{"severity": "critical", "buoy_endpoint": "primary"},
		Annotations: map[string]string{"summary": "no key of primary can be used",
			"runbook_url": "https://github.com/buoy-go/buoy/blob/main/docs/watching.md#buoynokeyleft"},
	}}}}

	// A counter that begins with the one failure it counts.
	once := tested{Interval: "1m", InputSeries: []series{{`buoy_attempt_duration_seconds_count{buoy_endpoint="primary", error_type="auth"}`, "_x4 1x30"}}}
	for minute, want := range map[int]float64{3: 0, 5: 1, 13: 1, 17: 0} {
		once.Exprs = append(once.Exprs, exprTest{Expr: fired("BuoyKeyRefused", 1), EvalTime: fmt.Sprintf("%dm", minute), Want: []sample{{"{}", want}}})
	}

	dir := t.TempDir()
	files, err := render(defaultLimits)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "buoy.rules.yml"), files["prometheus/buoy.rules.yml"], 0o600))
	data, err := yaml.Marshal(ruleTest{RuleFiles: []string{"buoy.rules.yml"}, EvaluationInterval: "1m", Tests: []tested{test, once}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "test.yml"), data, 0o600))
	run(t, dir, path, "test", "rules", "test.yml")
}
