package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestImportsRunOneWay(t *testing.T) {
	all, err := importsIn(os.DirFS("../.."))
	require.NoError(t, err)
	require.Contains(t, all[""], "github.com/buoy-go/buoy/internal/envelope", "package buoy was not read")
	require.Empty(t, all.againstDirection())
}

func TestAgainstDirection(t *testing.T) {
	const m = module + "/"
	for _, tc := range []struct {
		path, imported string
		wrong          string // a piece of the sentence, "" for allowed
	}{
		{"", m + "internal/gate", ""},
		{"", m + "buoytest", "buoy imports buoytest, which is not below it"},
		{"internal/gate", module, "internal/gate imports buoy, which"},
		{"internal/gate", m + "internal/sse", "which is not below it"},
		{"internal/envelope", m + "internal/hint", ""},
		{"internal/hint", m + "internal/envelope", "which is not below it"},
		{"internal/gate", "net/http", ""},
		{"buoytest", m + "internal/memnet", ""},
		{"buoybatch", m + "buoyquota", "which is not below it"},
		{"examples/quickstart", m + "buoytest", ""},
		{"buoytest", m + "examples/quickstart", "which is not below it"},
		{"chat", m + "internal/assemble", "which is not below it"},
		{"internal/attic", "net/http", "internal/attic has no room: add it to the table"},
	} {
		wrong := strings.Join(imports{tc.path: {tc.imported}}.againstDirection(), "\n")
		if tc.wrong == "" {
			require.Empty(t, wrong)
		}
		require.Contains(t, wrong, tc.wrong)
	}
}

func TestImportsAreThoseOfTheSource(t *testing.T) {
	all, err := importsIn(fstest.MapFS{
		"go.mod":               {Data: []byte("module " + module)},
		"a.go":                 {Data: []byte("package buoy\nimport \"fmt\"")},
		"a_test.go":            {Data: []byte("package buoy\nimport \"testing\"")},
		"leaf/b_windows.go":    {Data: []byte("package leaf\nimport \"io\"")},
		"leaf/c.go":            {Data: []byte("package leaf\nimport \"io\"")},
		"only/d_test.go":       {Data: []byte("package only")},
		"nested/go.mod":        {Data: []byte("module " + module + "/nested")},
		"nested/e.go":          {Data: []byte("package nested")},
		"leaf/testdata/f.go":   {Data: []byte("package none")},
		".hidden/g.go":         {Data: []byte("package none")},
		"leaf/doc/unparsed.md": {Data: []byte("package")},
	})
	require.NoError(t, err)
	require.Equal(t, imports{"": {"fmt"}, "leaf": {"io"}, "only": nil}, all)
}

func TestSurvey(t *testing.T) {
	s, err := surveyOf(fstest.MapFS{
		"a_test.go": {Data: []byte("package buoy\nfunc TestNothing() {}\n")},
		"types.go": {Data: []byte(`package buoy
type Client struct{}
type call[T any] struct{}
func (c *Client) Here() {}
func New() *Client { return nil }
func lower() {}
`)},
		"other.go": {Data: []byte(`package buoy
func (c *Client) There() {}
func (c call[T]) there() {}
const ( A = 1; b = 2 )
var C, D int
`)},
		"vocabulary.go": {Data: []byte(`package buoy
import "github.com/buoy-go/buoy/chat"
type Message = chat.Message
type Renamed = chat.Message
const RoleUser = chat.RoleUser
func User(text string) Message { return chat.User(text) }
func Loud(text string) Message { return chat.User(text + "!") }
`)},
		"money.go": {Data: []byte(`package buoy
import "github.com/buoy-go/buoy/internal/gate"
import coin "github.com/buoy-go/buoy/money"
import "net/http"
type Price = coin.Price
type Gate = gate.Gate
type Header = http.Header
`)},
	})
	require.NoError(t, err)
	require.Equal(t, 4, s.sources)
	require.Equal(t, 1, s.tests)
	require.Equal(t, 25, s.lines)
	require.ElementsMatch(t, []string{"Client", "New", "A", "C", "D", "Renamed", "Loud", "Gate", "Header"}, s.exported,
		"a function that only calls another package's of the same name is an alias, too; the internal are the package's own")
	require.Equal(t, []string{"Client.There is in other.go, Client is in types.go", "call.there is in other.go, call is in types.go"}, s.apart)
}

func TestLongFiles(t *testing.T) {
	long := []byte(strings.Repeat("\n", maxLines+1))
	source, tests, err := longFiles(fstest.MapFS{
		"a.go":             {Data: long[1:]},
		"b.go":             {Data: long},
		"nested/b_test.go": {Data: long},
		"testdata/c.go":    {Data: long},
		"d.md":             {Data: long},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"b.go has 401"}, source)
	require.Equal(t, []string{"nested/b_test.go has 401"}, tests)
}

func TestReport(t *testing.T) {
	var out strings.Builder
	require.True(t, report(&out, []bar{{"files", 1, 1, []string{"a.go"}}}, false))
	require.NotContains(t, out.String(), "a.go")
	require.True(t, report(&out, []bar{{"files", 1, 1, []string{"a.go"}}}, true))
	require.Contains(t, out.String(), "files: a.go")
	require.False(t, report(&out, []bar{{"imports", 1, 0, []string{"b imports a"}}}, false))
	require.Contains(t, out.String(), "OVER")
	require.Contains(t, out.String(), "b imports a")
}

func TestRecord(t *testing.T) {
	bars, err := readRecord("# why\nBenchmark/chain  4\nBenchmarkLimit/all 3\n\n")
	require.NoError(t, err)
	require.Equal(t, []bar{{what: "Benchmark/chain", max: 4}, {what: "BenchmarkLimit/all", max: 3}}, bars)
	_, err = readRecord("Benchmark/chain")
	require.ErrorContains(t, err, "not a name and a number")

	const output = "cpu: a fast one\n" +
		"Benchmark/chain-2  \t 1000\t 3104 ns/op\t 2225 B/op\t       5 allocs/op\n" +
		"BenchmarkLimit/all \t 1000\t 758.2 ns/op\t 3 MB/s\t 185 B/op\t       3 allocs/op\nPASS\n"
	require.NoError(t, fill(bars, output))
	require.Equal(t, []int{5, 3}, []int{bars[0].is, bars[1].is})
	require.ErrorContains(t, fill([]bar{{what: "BenchmarkGone"}}, output), "BenchmarkGone is recorded in allocations.txt and did not run")

	dirs, err := homes(fstest.MapFS{
		"go.mod":           {},
		"x/a_test.go":      {Data: []byte("package x\n\nfunc BenchmarkLimit(b *testing.B) {\n")},
		"x/b_test.go":      {Data: []byte("package x\n\nfunc Benchmark(b *testing.B) {\n")},
		"y/a_test.go":      {Data: []byte("package y\n\nfunc BenchmarkLimits(b *testing.B) {\n")},
		"nested/go.mod":    {},
		"nested/a_test.go": {Data: []byte("package nested\n\nfunc Benchmark(b *testing.B) {\n")},
		"root_test.go":     {Data: []byte("package root\n\nfunc Benchmark(b *testing.B) {\n")},
	}, []string{"Benchmark", "BenchmarkLimit"})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"./.", "./x"}, dirs)
}
