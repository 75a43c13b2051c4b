package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/deploy/internal/prom"
	"github.com/buoy-go/buoy/internal/service"
)

// Each query of the dashboard, asked of a real Prometheus that holds the run, has data.
func TestDashboardHasData(t *testing.T) {
	tool := service.Need(t, promtool)
	scrapes := scraped(t)
	begin := time.Now().Add(-time.Duration(len(scrapes)) * time.Minute).Truncate(time.Minute)
	end := begin.Add(time.Duration(len(scrapes)-1) * time.Minute)
	files, err := render(defaultLimits)
	require.NoError(t, err)
	server := service.Run(t, prom.Spec("rule_files: [rules.yml]\n", func(dir string) error {
		if err := os.WriteFile(filepath.Join(dir, "rules.yml"), files["prometheus/buoy.rules.yml"], 0o600); err != nil {
			return err
		}
		writeOpenMetrics(t, filepath.Join(dir, "run.txt"), scrapes, begin)
		run(t, dir, tool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", "run.txt", "data")
		return nil
	}))
	ask := func(expr string) (series int) {
		t.Helper()
		all, err := prom.QueryRange(t.Context(), server.Addr(), expr, begin, end, time.Minute)
		require.NoError(t, err, expr)
		for _, s := range all {
			if slices.ContainsFunc(s.Values, func(v float64) bool { return !math.IsNaN(v) }) {
				series++
			}
		}
		return series
	}
	variables := strings.NewReplacer("$job", "service", "$__rate_interval", "5m")
	n := 0
	for _, q := range queries(t) {
		require.NotZero(t, ask(variables.Replace(q.expr)), "%s shows nothing: %s", q.panel, q.expr)
		n++
	}
	require.Greater(t, n, 30)
	require.NotZero(t, ask(attempts+"_count"), "the list of services is made of it")
	require.Zero(t, ask(`buoy_keys{job="another"}`))
}

// writeOpenMetrics writes a run as promtool imports it.
func writeOpenMetrics(t *testing.T, path string, scrapes []scrape, begin time.Time) {
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	w := bufio.NewWriter(f)
	for i, s := range scrapes {
		at := begin.Add(time.Duration(i) * time.Minute).Unix()
		for series, value := range s {
			_, _ = fmt.Fprintf(w, "%s %s %d\n", series, value, at)
		}
	}
	_, _ = w.WriteString("# EOF\n")
	require.NoError(t, w.Flush())
}
