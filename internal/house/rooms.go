package main

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/buoy-go/buoy"

// level is how high up in the house a package is. It imports what is below it;
// what is on its own level only where the table of rooms says so.
type level int

const (
	leaf     level = iota // a mechanism that knows nothing of buoy
	words                 // what is said in a chat
	answers               // chunks put together
	calls                 // what happens to a call: package buoy
	around                // what is built on buoy, and its test server
	rigs                  // what tests and examples are built with
	programs              // imported by nobody
)

// room is the place of one package.
type room struct {
	path  string // below the module's; "" is package buoy, "x/..." all below x
	level level
	also  []string // packages of its own level that it may import
}

// rooms are all packages of the root module.
var rooms = []room{
	{path: "internal/address", level: leaf},
	{path: "internal/billing", level: leaf},
	{path: "internal/buffers", level: leaf},
	{path: "internal/calendar", level: leaf},
	{path: "internal/circuit", level: leaf, also: []string{"internal/lru"}}, // a circuit for each target, the oldest forgotten
	{path: "internal/clock", level: leaf, also: []string{"internal/scope"}},
	{path: "internal/clone", level: leaf},
	{path: "internal/coalesce", level: leaf},
	{path: "internal/conn", level: leaf, also: []string{"internal/replay"}}, // its dialer counts what is written
	{path: "internal/durable", level: leaf},
	{path: "internal/echo", level: leaf},
	{path: "internal/envelope", level: leaf, also: []string{"internal/hint", "internal/sniff"}},
	{path: "internal/finish", level: leaf},
	{path: "internal/gate", level: leaf, also: []string{"internal/lru", "internal/queue"}}, // a gate for each key, the oldest forgotten
	{path: "internal/header", level: leaf},
	{path: "internal/history", level: leaf},
	{path: "internal/hint", level: leaf},
	{path: "internal/jprint", level: leaf, also: []string{"internal/jscan"}}, // raw JSON is checked before it is written
	{path: "internal/jscan", level: leaf},
	{path: "internal/keyring", level: leaf, also: []string{"internal/queue"}},
	{path: "internal/latency", level: leaf, also: []string{"internal/lru"}}, // samples of each target, the oldest forgotten
	{path: "internal/ledger", level: leaf},
	{path: "internal/lru", level: leaf},
	{path: "internal/media", level: leaf},
	{path: "internal/memnet", level: leaf},
	{path: "internal/meter", level: leaf, also: []string{"internal/calendar", "internal/lru", "internal/saturate"}}, // counts of a period, kept by key
	{path: "internal/oneline", level: leaf},
	{path: "internal/overlay", level: leaf},
	{path: "internal/pause", level: leaf},
	{path: "internal/queue", level: leaf},
	{path: "internal/progress", level: leaf},
	{path: "internal/race", level: leaf},
	{path: "internal/replay", level: leaf},
	{path: "internal/saturate", level: leaf},
	{path: "internal/tell", level: leaf},
	{path: "internal/purse", level: leaf, also: []string{"internal/lru"}}, // a bucket for each target, the oldest forgotten
	{path: "internal/scope", level: leaf},
	{path: "internal/sniff", level: leaf, also: []string{"internal/jscan"}}, // which finds where an object ends
	{path: "internal/sse", level: leaf},
	{path: "internal/trip", level: leaf, also: []string{"internal/clock", "internal/conn", "internal/progress", "internal/replay", "internal/unpack"}}, // all that net/http has a hold on
	{path: "internal/turns", level: leaf},
	{path: "internal/unpack", level: leaf},
	{path: "internal/version", level: leaf},

	{path: "chat", level: words},
	{path: "internal/affinity", level: answers},
	{path: "internal/assemble", level: answers},
	{path: "internal/cachekey", level: answers, also: []string{"caching"}},
	{path: "caching", level: answers},
	{path: "internal/cachestore", level: answers, also: []string{"caching", "event", "status"}},
	{path: "event", level: answers},
	{path: "internal/audience", level: answers, also: []string{"event"}},
	{path: "internal/demand", level: answers},
	{path: "internal/logbook", level: answers, also: []string{"event", "internal/demand"}},
	{path: "internal/payload", level: answers},
	{path: "internal/prefill", level: answers, also: []string{"internal/assemble"}}, // what came is told as it was assembled
	{path: "internal/verbatim", level: answers},
	{path: "internal/wire", level: answers, also: []string{"internal/assemble"}}, // whose tally knows which choices ended
	{path: "money", level: answers},
	{path: "status", level: answers, also: []string{"money"}},
	{path: "", level: calls},

	{path: "buoybatch", level: around},
	{path: "buoyhttp", level: around},
	{path: "buoyquota", level: around},
	{path: "buoytest", level: around},

	{path: "internal/lab", level: rigs},
	{path: "internal/service", level: rigs},
	{path: "internal/testdesk", level: rigs},

	{path: "examples/...", level: programs},
	{path: "internal/apicheck", level: programs},
	{path: "internal/behaviour", level: programs},
	{path: "internal/chaos", level: programs},
	{path: "internal/house", level: programs},
	{path: "internal/pages", level: programs},
}

// roomOf finds the place of a package of the module.
func roomOf(path string) (room, bool) {
	for _, r := range rooms {
		if family, ok := strings.CutSuffix(r.path, "..."); r.path == path || ok && strings.HasPrefix(path, family) {
			return r, true
		}
	}
	return room{}, false
}

// imports are what the source of each package imports, its tests apart and its
// files for other systems included, by the package's path below the module's.
type imports map[string][]string

// importsIn reads all packages of the module in a directory. They are read and not
// asked from go list, since go test would then take a result from its cache that
// is out of date: it knows which files a test opens, and not what a command does.
func importsIn(dir fs.FS) (imports, error) {
	all := imports{}
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if _, err := fs.Stat(dir, path.Join(file, "go.mod")); file != "." && err == nil || ignored(d) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") {
			return nil
		}
		pkg := strings.TrimPrefix(path.Dir(file), ".")
		if strings.HasSuffix(file, "_test.go") {
			all[pkg] = append(all[pkg], nil...) // is a package, even if it has only tests
			return nil
		}
		text, err := fs.ReadFile(dir, file)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(all[pkg], name) {
				all[pkg] = append(all[pkg], name)
			}
		}
		return nil
	})
	return all, err
}

// ignored are the directories in which the go command looks for no packages.
func ignored(d fs.DirEntry) bool {
	name := d.Name()
	return name == "testdata" || name == "node_modules" || name != "." && strings.HasPrefix(name, ".")
}

// below cuts the module's path off; ok is false for packages of others.
func below(path string) (string, bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// againstDirection returns a sentence for each import that the table of rooms
// does not allow, and for each package that it does not have.
func (all imports) againstDirection() []string {
	var wrong []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		from, ok := roomOf(path)
		if !ok {
			wrong = append(wrong, path+" has no room: add it to the table in internal/house/rooms.go, on the lowest level that is above all it has to import")
			continue
		}
		for _, imported := range all[path] {
			name, ours := below(imported)
			if !ours {
				continue
			}
			to, known := roomOf(name)
			if known && to.level >= from.level && !slices.Contains(from.also, name) {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, which is not below it: move what it needs down, hand it in from above, or, between leaves, allow the pair in internal/house/rooms.go", cmp.Or(path, "buoy"), cmp.Or(name, "buoy")))
			}
		}
	}
	return wrong
}
