package alerts

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoysentry/internal/bucket"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write deploy/sentry")

const deploy = "../../../deploy/sentry"

// The files are written with: go test ./internal/alerts -update
func TestGolden(t *testing.T) {
	names := map[string]bool{}
	for _, a := range All {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		require.NoError(t, enc.Encode(a.Rule()))
		path := filepath.Join(deploy, string(a.Severity)+".json")
		names[path] = true
		if *update {
			require.NoError(t, os.WriteFile(path, want.Bytes(), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want.String(), string(got), "%s is stale: go test ./internal/alerts -update", path)
	}
	files, err := filepath.Glob(filepath.Join(deploy, "*.json"))
	require.NoError(t, err)
	for _, f := range files {
		require.True(t, names[f], "%s is of no alert", f)
	}
}

func TestEachSeverityHasOneAlert(t *testing.T) {
	severities := map[buoy.Severity]int{}
	for kind := range buoy.Kinds() {
		severities[kind.Severity()] = 0
	}
	for _, a := range All {
		severities[a.Severity]++
	}
	for severity, n := range severities {
		require.Equal(t, 1, n, severity)
	}
}

// One process alone must be able to fire each alert through its local limit.
func TestAlertsAreWithinTheLimit(t *testing.T) {
	for _, a := range All {
		require.GreaterOrEqual(t, a.Again.Minutes(), 5.0, "Sentry's least frequency")
		require.LessOrEqual(t, a.Again.Minutes(), 43200.0, "Sentry's greatest frequency")
		require.LessOrEqual(t, len(a.Name), 256, "Sentry's longest name")
		if a.More > 0 {
			require.Less(t, a.More, bucket.Burst+int(a.Within.Of/bucket.Interval), a.Name)
		}
	}
}
