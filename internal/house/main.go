// Command house checks what keeps the code base in rooms: how large the root
// package is, which package may import which, how long files are, and how
// often the benchmarks allocate. It prints each number beside its bar and fails
// where one is over it.
//
//	go run ./internal/house              # sizes and imports
//	go run ./internal/house -list        # the same, and what was counted
//	go run ./internal/house allocations  # runs the benchmarks
//
// It is run in the directory of the root module.
package main

import (
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"text/tabwriter"
)

// bar is a number that the house must not exceed.
type bar struct {
	what  string
	is    int
	max   int
	parts []string // what was counted, where a list of it is of use
}

func main() {
	list := flag.Bool("list", false, "list what was counted")
	flag.Parse()
	var bars []bar
	var err error
	switch flag.Arg(0) {
	case "":
		bars, err = sizes(os.DirFS("."))
	case "allocations":
		bars, err = allocations()
	default:
		err = fmt.Errorf("there is no check named %q", flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(2)
	}
	if !report(os.Stdout, bars, *list) {
		os.Exit(1)
	}
}

// sizes measures everything that does not have to be run.
func sizes(root fs.FS) ([]bar, error) {
	s, err := surveyOf(root)
	if err != nil {
		return nil, err
	}
	source, tests, err := longFiles(root)
	if err != nil {
		return nil, err
	}
	all, err := importsIn(root)
	if err != nil {
		return nil, err
	}
	against := all.againstDirection()
	return []bar{
		{"root: source files", s.sources, 50, nil},
		{"root: test files", s.tests, 50, nil},
		{"root: lines of source", s.lines, 9_900, nil}, // comments are a fifth; cache, tenants and status took 500, complete ends 45
		{"root: exported names of its own (types, functions, constants, variables; neither methods nor aliases to a public package of the module)", len(s.exported), 160, s.exported},
		{"root: methods in another file than their type", len(s.apart), 50, s.apart},
		{"all: imports against the direction", len(against), 0, against},
		{fmt.Sprintf("all: source files over %d lines", maxLines), len(source), 0, source},
		{fmt.Sprintf("all: test files over %d lines", maxLines), len(tests), 0, tests},
	}, nil
}

// report prints the bars and tells whether all are kept. What is over a bar of 0 is
// always listed.
func report(w io.Writer, bars []bar, list bool) bool {
	ok := true
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, b := range bars {
		verdict := ""
		if b.is > b.max {
			ok, verdict = false, "OVER"
		}
		fmt.Fprintf(t, "%d\tat most %d\t%s\t%s\n", b.is, b.max, verdict, b.what)
	}
	_ = t.Flush()
	for _, b := range bars {
		if list || b.max == 0 {
			for _, p := range b.parts {
				fmt.Fprintf(w, "%s: %s\n", b.what, p)
			}
		}
	}
	return ok
}
