// Package pages_test holds what the pages of this repository say against the code:
// every Go block compiles, every link leads somewhere, and both READMEs have the same
// sections.
package pages_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// block is one piece of Go in a page.
type block struct {
	page string // its path below the repository's root
	line int    // of its first line
	text string
	// declared is what a comment in front of the block declares: variables, types and
	// imports.
	//
	//	<!-- go: show func(string); type Report struct{}; import openai "github.com/openai/openai-go/v3" -->
	declared []string
}

// name is what the compiler calls the block.
func (b block) name() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

const (
	fence   = "```"
	opening = "<!-- go:"
)

// blocksOf returns the Go blocks of a page.
func blocksOf(page, text string) []block {
	var blocks []block
	var declared []string
	var open *block
	var other bool // inside of a block that is not Go
	for i, line := range slices.Collect(strings.Lines(text)) {
		bare := strings.TrimSpace(line)
		switch {
		case open != nil && bare == fence:
			blocks, open, declared = append(blocks, *open), nil, nil
		case open != nil:
			open.text += line
		case strings.HasPrefix(bare, fence):
			info := strings.Fields(strings.TrimLeft(bare, "`") + " ")
			if !other && len(info) > 0 && (info[0] == "go" || info[0] == "golang") {
				open = &block{page: page, line: i + 2, declared: declared}
				break
			}
			other = !other
		case strings.HasPrefix(bare, opening):
			declared = strings.Split(strings.TrimSuffix(strings.TrimPrefix(bare, opening), "-->"), ";")
		case bare != "" && !other:
			declared = nil // it belongs to the block that follows at once
		}
	}
	return blocks
}

// ambient are the names that a block may use without saying where they come from, and
// their types. Each means what it seems to mean.
var ambient = map[string]string{
	"ctx":      "context.Context",
	"client":   "*buoy.Client",
	"endpoint": "buoy.Endpoint",
	"key":      "string",
	"key1":     "string",
	"key2":     "string",
	"hc":       "*http.Client",
	"journal":  "*buoybatch.Journal",
	"srv":      "*buoytest.Server",
	"req":      "buoy.Request",
	"resp":     "*buoy.Response",
	"stream":   "*buoy.Stream",
	"err":      "error",
	"rdb":      "redis.UniversalClient",
	"t":        "*testing.T",
	"requests": "iter.Seq[buoy.Request]",
}

// packages are the ones that a block may use without importing them.
var packages = packagesByName(
	"context", "encoding/json", "errors", "fmt", "io", "iter", "log", "log/slog", "maps", "net/http", "net/url", "os", "slices", "strings",
	"sync", "testing", "testing/synctest", "time",
	"github.com/stretchr/testify/require",
	"github.com/buoy-go/buoy", "github.com/buoy-go/buoy/buoybatch", "github.com/buoy-go/buoy/buoyhttp", "github.com/buoy-go/buoy/buoyquota",
	"github.com/buoy-go/buoy/buoytest", "github.com/buoy-go/buoy/buoycache", "github.com/buoy-go/buoy/buoytyped", "github.com/buoy-go/buoy/buoyload", "github.com/buoy-go/buoy/buoyotel", "github.com/buoy-go/buoy/buoyredis", "github.com/buoy-go/buoy/chat", "github.com/buoy-go/buoy/event",
)

func packagesByName(paths ...string) map[string]string {
	byName := map[string]string{}
	for _, path := range paths {
		byName[path[strings.LastIndex(path, "/")+1:]] = path
	}
	byName["redis"] = "github.com/redis/go-redis/v9"
	return byName
}

var packageClause = regexp.MustCompile(`(?m)^package \w`)

// source is the block as a file that can be compiled. A whole file is left alone. A
// block of declarations gets its imports. Everything else becomes the body of a
// function, in which variables need not be used.
func (b block) source(fset *token.FileSet) (file *ast.File, whole bool, err error) {
	// The compiler shall name the lines of the page.
	at := fmt.Sprintf("//line %s:%d:1\n", b.page, b.line)
	if packageClause.MatchString(b.text) {
		file, err = parser.ParseFile(fset, "", at+b.text, parser.SkipObjectResolution)
		return file, true, err
	}
	body := at + b.text
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+b.text, parser.SkipObjectResolution); err != nil {
		body = "func _() error {\n" + at + b.text + "\nreturn nil\n}\n"
	}
	var imports, variables strings.Builder
	for _, d := range b.declared {
		switch d = strings.TrimSpace(d); {
		case strings.HasPrefix(d, "import "):
			imports.WriteString(d + "\n")
		case strings.HasPrefix(d, "type "):
			variables.WriteString(d + "\n")
		default:
			variables.WriteString("var " + d + "\n")
		}
	}
	// The parser knows which names the block does not declare. go/types finds them, too,
	// but only once the imports are there.
	draft, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+imports.String()+variables.String()+body, 0)
	if err != nil {
		return nil, false, err
	}
	missing := map[string]bool{}
	for _, id := range draft.Unresolved { // a package has its own import, or a declared one

		missing[id.Name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if typ, ok := ambient[name]; ok {
			fmt.Fprintf(&variables, "var %s %s\n", name, typ)
			pkg, _, _ := strings.Cut(strings.TrimLeft(typ, "*"), ".")
			missing[pkg] = true
			if strings.Contains(typ, "buoy.") {
				missing["buoy"] = true // also in iter.Seq[buoy.Request]
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		if path, ok := packages[name]; ok {
			fmt.Fprintf(&imports, "import %q\n", path)
		}
	}
	file, err = parser.ParseFile(fset, "", "package p\n"+imports.String()+variables.String()+body, parser.SkipObjectResolution)
	return file, false, err
}
