// Command deploy writes the dashboard for Grafana and the alerts for Prometheus:
//
//	go run .                                     the files in this repository
//	go run . -to /etc/buoy -cost-usd 5           yours, with other limits
//
// docs/watching.md says what to do with them, and what each alert asks of you.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	l := defaultLimits
	to := flag.String("to", ".", "the directory to write to")
	flag.Float64Var(&l.CostUSD, "cost-usd", l.CostUSD, "what an hour may cost in US dollars")
	flag.Float64Var(&l.CostRUB, "cost-rub", l.CostRUB, "what an hour may cost in roubles")
	flag.Float64Var(&l.FirstChunk, "first-chunk", l.FirstChunk, "how many seconds 19 of 20 streams may take to begin")
	flag.Float64Var(&l.Failed, "failed", l.Failed, "which share of calls may fail")
	flag.Float64Var(&l.RateLimited, "rate-limited", l.RateLimited, "which share of requests may be refused as too many")
	flag.Float64Var(&l.Quota, "quota", l.Quota, "which share of a quota may be spent")
	flag.Float64Var(&l.QueueAge, "queue-age", l.QueueAge, "how many seconds 19 of 20 jobs may wait in a queue")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "deploy: %q is no flag: the directory is named with -to\n", flag.Arg(0))
		os.Exit(2)
	}
	files, err := render(l)
	if err == nil {
		err = write(os.Stdout, *to, files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "deploy:", err)
		os.Exit(1)
	}
}

// render makes all files, by their path.
func render(l Limits) (map[string][]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	rules, err := alertsYAML(l)
	if err != nil {
		return nil, err
	}
	board, err := dashboardJSON(l)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{"prometheus/buoy.rules.yml": rules, "grafana/buoy.json": board}, nil
}

// write writes the files under dir, and tells where each one is.
func write(told io.Writer, dir string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		data := files[name]
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
		fmt.Fprintln(told, path)
	}
	return nil
}
