package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// light are the modules that a program may get by importing buoy.
var light = []string{
	rootPath, "github.com/cenkalti/backoff/v4", "github.com/sony/gobreaker/v2", "golang.org/x/sync", "golang.org/x/time",
}

// fromOutside makes a program for each module that gets it by 'go get' and imports
// all its packages.
func (r *release) fromOutside() error {
	for _, m := range r.modules {
		dir := filepath.Join(filepath.Dir(r.tree), "program", m.dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		for _, args := range [][]string{{"mod", "init", "example.com/program"}, {"get", m.path + "@" + r.version}} {
			if _, err := r.proxy.goCommand(dir, nil, args...); err != nil {
				return err
			}
		}
		source, err := r.importer(m)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o644); err != nil {
			return err
		}
		for _, args := range [][]string{{"mod", "tidy"}, {"vet", "."}, {"build", "-o", os.DevNull, "."}} {
			if _, err := r.proxy.goCommand(dir, nil, args...); err != nil {
				return err
			}
		}
		used, err := r.proxy.goCommand(dir, nil, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
		if err != nil {
			return err
		}
		fmt.Printf("check: %s can be had by go get\n", m.path)
		for _, name := range strings.Fields(used) {
			if m.dir == "." && name != "example.com/program" && !slices.Contains(light, name) {
				return fmt.Errorf("a program that imports buoy gets %s as well", name)
			}
		}
	}
	return nil
}

// importer is a program that imports all packages of a module that others may import.
func (r *release) importer(m module) (string, error) {
	names, err := r.proxy.goCommand(filepath.Join(r.tree, m.dir), nil, "list", "-f", `{{if ne .Name "main"}}{{if .GoFiles}}{{.ImportPath}}{{end}}{{end}}`, "./...")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n")
	for _, name := range strings.Fields(names) {
		if !slices.Contains(strings.Split(name, "/"), "internal") {
			fmt.Fprintf(&b, "\t_ %q\n", name)
		}
	}
	b.WriteString(")\n\nfunc main() {}\n")
	return b.String(), nil
}

// quickstart runs the example that README begins with, by its released version.
func (r *release) quickstart() error {
	name := path.Join(rootPath, "examples/quickstart") + "@" + r.version
	out, err := r.proxy.goCommand(filepath.Dir(r.tree), nil, "run", name)
	if err != nil {
		return err
	}
	if out == "" {
		return fmt.Errorf("go run %s printed nothing", name)
	}
	fmt.Println("check: go run", name)
	return nil
}

// otherMachines has go vet compile everything, tests included, for systems and word
// sizes that the tests do not run on. The modules that are for this repository only
// are left out: what they import is large, and nobody else builds them.
func (r *release) otherMachines() error {
	for _, target := range []string{"windows/amd64", "darwin/arm64", "linux/arm", "linux/386"} {
		system, machine, _ := strings.Cut(target, "/")
		for _, m := range r.modules {
			if m.dir == "bench" || m.dir == "conformance" || m.dir == "deploy" {
				continue
			}
			if m.dir == "buoyqueue" && (machine == "arm" || machine == "386") {
				continue // River's driver for SQLite (v0.51.2) does not compile where an int has 32 bits
			}
			if _, err := r.proxy.goCommand(filepath.Join(r.tree, m.dir), []string{"CGO_ENABLED=0", "GOOS=" + system, "GOARCH=" + machine}, "vet", "./..."); err != nil {
				return err
			}
		}
		fmt.Println("check: go vet for", target)
	}
	return nil
}

// oldestGo builds each module with the oldest Go that its go.mod promises.
func (r *release) oldestGo() error {
	for _, m := range r.modules {
		if m.file.Go == nil {
			return fmt.Errorf("%s names no Go version", m.path)
		}
		env := []string{"GOTOOLCHAIN=go" + m.file.Go.Version}
		if _, err := r.proxy.goCommand(r.root, env, "version"); err != nil {
			fmt.Printf("check: skipped Go %s: it cannot be fetched\n", m.file.Go.Version)
			return nil
		}
		if _, err := r.proxy.goCommand(filepath.Join(r.tree, m.dir), env, "build", "./..."); err != nil {
			return err
		}
		fmt.Printf("check: %s builds with Go %s\n", m.path, m.file.Go.Version)
	}
	return nil
}
