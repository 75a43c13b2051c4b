package main

import (
	"encoding/json"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
)

var update = flag.Bool("update", false, "write the files")

// theHour is run once for all tests.
var theHour struct {
	once    sync.Once
	scrapes []scrape
}

func scraped(t *testing.T) []scrape {
	t.Helper()
	theHour.once.Do(func() { theHour.scrapes = hour(t) })
	require.NotEmpty(t, theHour.scrapes)
	return theHour.scrapes
}

// The files in the repository are what the program writes.
func TestGolden(t *testing.T) {
	files, err := render(defaultLimits)
	require.NoError(t, err)
	if *update {
		require.NoError(t, write(io.Discard, ".", files))
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.FromSlash(name))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s is out of date: go run . in deploy", name)
	}
}

func TestWriteElsewhere(t *testing.T) {
	limits := defaultLimits
	limits.CostUSD = 3.5
	files, err := render(limits)
	require.NoError(t, err)
	dir := t.TempDir()
	var told strings.Builder
	require.NoError(t, write(&told, dir, files))
	require.Equal(t, filepath.Join(dir, "grafana", "buoy.json")+"\n"+filepath.Join(dir, "prometheus", "buoy.rules.yml")+"\n", told.String())
	rules, err := os.ReadFile(filepath.Join(dir, "prometheus", "buoy.rules.yml"))
	require.NoError(t, err)
	require.Contains(t, string(rules), "> 3.5\n")
	require.Error(t, write(io.Discard, filepath.Join(dir, "grafana", "buoy.json"), files), "a file is no directory")
}

// An alert that could never come, or would come always, is not written.
func TestLimitsThatCannotBe(t *testing.T) {
	for want, set := range map[string]func(*Limits){
		"-cost-usd is -1: ":    func(l *Limits) { l.CostUSD = -1 },
		"-cost-rub is NaN: ":   func(l *Limits) { l.CostRUB = math.NaN() },
		"-first-chunk is -2: ": func(l *Limits) { l.FirstChunk = -2 },
		"-queue-age is +Inf: ": func(l *Limits) { l.QueueAge = math.Inf(1) },
		"-failed is 5: ":       func(l *Limits) { l.Failed = 5 }, // of a hundred was meant
		"-rate-limited is 10:": func(l *Limits) { l.RateLimited = 10 },
		"-quota is 90: ":       func(l *Limits) { l.Quota = 90 },
	} {
		limits := defaultLimits
		set(&limits)
		_, err := render(limits)
		require.ErrorContains(t, err, want)
	}
}

// Each kind of error belongs to the alert of its severity.
func TestEachKindHasItsAlert(t *testing.T) {
	for k := range buoy.Kinds() {
		if k == buoy.ErrCanceled {
			continue
		}
		found := false
		for _, a := range alerts(defaultLimits) {
			for _, m := range regexp.MustCompile(`error_type=~?"([^"]*)"`).FindAllStringSubmatch(a.expr, -1) {
				if strings.Contains("|"+m[1]+"|", "|"+string(k)+"|") {
					require.Equal(t, k.Severity(), a.severity, "%s in %s", k, a.name)
					found = true
				}
			}
		}
		require.True(t, found, "no alert for %s", k)
	}
}

// names are the metrics of an expression: what begins as they do and is no label.
func names(expr string) []string {
	expr = regexp.MustCompile(`\{[^}]*\}|(by|without|on|ignoring) \([^)]*\)|label_values\(|, job\)`).ReplaceAllString(expr, " ")
	return regexp.MustCompile(`\b(buoy|gen_ai)_\w+`).FindAllString(expr, -1)
}

// What the dashboard and the alerts ask for is what the exporter wrote in the run.
func TestMetricsExist(t *testing.T) {
	emitted := map[string]bool{}
	for _, s := range scraped(t) {
		for series := range s {
			name, _, _ := strings.Cut(series, "{")
			emitted[name] = true
		}
	}
	n := 0
	check := func(where, expr string) {
		for _, name := range names(expr) {
			require.True(t, emitted[name], "%s asks for %s, which nothing emits", where, name)
			n++
		}
	}
	for _, a := range alerts(defaultLimits) {
		require.NotEmpty(t, names(a.expr), a.name)
		check(a.name, a.expr)
	}
	for _, q := range queries(t) {
		require.NotEmpty(t, names(q.expr), q.panel)
		check(q.panel, q.expr)
	}
	require.Greater(t, n, 60)
	require.Equal(t, []string{"buoy_keys", "buoy_x_total"}, names(`sum by (buoy_y) (buoy_keys{buoy_z="1"}) / buoy_x_total[5m]`))
}

// Each alert has its section in the runbook, with its severity, and each section an alert.
func TestRunbook(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "docs", "watching.md"))
	require.NoError(t, err)
	page := string(data)
	var want []string
	for _, a := range alerts(defaultLimits) {
		want = append(want, a.name)
		require.Contains(t, page, "### "+a.name+"\n\n**"+string(a.severity)+".** ")
		require.Equal(t, strings.ToLower(a.name), a.anchor())
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^### (Buoy\w+)$`).FindAllStringSubmatch(page, -1) {
		got = append(got, m[1])
	}
	require.Equal(t, want, got)
}

func decoded(t *testing.T) board {
	t.Helper()
	data, err := dashboardJSON(defaultLimits)
	require.NoError(t, err)
	var b board
	require.NoError(t, json.Unmarshal(data, &b))
	return b
}

type asked struct{ panel, expr string }

func queries(t *testing.T) (all []asked) {
	for _, p := range decoded(t).Panels {
		for _, q := range p.Targets {
			all = append(all, asked{p.Title, q.Expr})
		}
	}
	return all
}

// The dashboard is one by Grafana's own types, which refuse fields that they do not know.
func TestDashboardBySchema(t *testing.T) {
	data, err := dashboardJSON(defaultLimits)
	require.NoError(t, err)
	var d dashboard.Dashboard //lint:ignore SA1019 all Grafanas since 10 import this form, and only the latest the next one
	for _, err := range []error{d.UnmarshalJSONStrict(data), d.Validate()} {
		if err != nil { // also where there is none: an empty list of errors is no nil
			require.Empty(t, err.Error())
		}
	}
	require.Len(t, d.Panels, len(decoded(t).Panels))
}

// Panels have one id each, lie inside the 24 columns, and none lies on another.
func TestPanelsDoNotOverlap(t *testing.T) {
	ids := map[int]bool{}
	taken := map[[2]int]string{}
	for _, p := range decoded(t).Panels {
		require.False(t, ids[p.ID], "id %d is there twice", p.ID)
		require.NotEmpty(t, p.Title)
		ids[p.ID] = true
		at := p.GridPos
		require.LessOrEqual(t, at.X+at.W, 24, p.Title)
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				require.Empty(t, taken[[2]int{x, y}], "under %s", p.Title)
				taken[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			require.False(t, refs[q.RefID], p.Title)
			refs[q.RefID] = true
			require.Equal(t, "${datasource}", q.Datasource.UID)
		}
	}
}
