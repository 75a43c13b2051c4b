package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed allocations.txt
var recorded string

// Fewer rounds than this, and what hedging allocates once weighs on the mean.
const rounds = "3000x"

// allocations runs the recorded benchmarks, in whichever packages they are.
func allocations() ([]bar, error) {
	bars, err := readRecord(recorded)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, b := range bars {
		name, _, _ := strings.Cut(b.what, "/")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	dirs, err := homes(os.DirFS("."), names)
	if err != nil {
		return nil, err
	}
	args := []string{"test", "-run", "^$", "-bench", "^(" + strings.Join(names, "|") + ")$", "-benchtime", rounds, "-benchmem"}
	out, err := exec.Command("go", append(args, dirs...)...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return bars, fill(bars, string(out))
}

// readRecord reads lines of a benchmark's name and its number.
func readRecord(text string) ([]bar, error) {
	var bars []bar
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 2 {
			return nil, fmt.Errorf("the record has %q, which is not a name and a number", line)
		}
		n, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, err
		}
		bars = append(bars, bar{what: fields[0], max: n})
	}
	return bars, nil
}

// homes are the packages of this module that have one of the benchmarks.
func homes(dir fs.FS, names []string) ([]string, error) {
	wanted := regexp.MustCompile(`(?m)^func (` + strings.Join(names, "|") + `)\(\w+ \*testing\.B\)`)
	var dirs []string
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := fs.Stat(dir, path.Join(file, "go.mod")); file != "." && err == nil {
				return fs.SkipDir // of another module
			}
			return nil
		}
		if !strings.HasSuffix(file, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(dir, file)
		if home := "./" + path.Dir(file); wanted.Match(text) && !slices.Contains(dirs, home) {
			dirs = append(dirs, home)
		}
		return err
	})
	return dirs, err
}

var resultLine = regexp.MustCompile(`(?m)^(Benchmark\S*?)(?:-\d+)?\s+\d+\s.*\s(\d+) allocs/op$`)

// fill takes the numbers from the output of go test. A recorded benchmark that did
// not run is an error: it was renamed or lost.
func fill(bars []bar, output string) error {
	is := map[string]int{}
	for _, m := range resultLine.FindAllStringSubmatch(output, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			return err
		}
		is[m[1]] = max(n, is[m[1]])
	}
	var errs []error
	for i := range bars {
		n, ok := is[bars[i].what]
		if !ok {
			errs = append(errs, fmt.Errorf("%s is recorded in allocations.txt and did not run", bars[i].what))
		}
		bars[i].is = n
	}
	return errors.Join(errs...)
}
