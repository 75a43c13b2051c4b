package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const rootPath = "github.com/buoy-go/buoy"

// release is the tree of files that is released, and the proxy that serves it.
type release struct {
	root, version string
	tree          string
	modules       []module // each after those that it requires
	proxy         proxy
}

// module is one module of the repository.
type module struct {
	dir  string // below the root, "." for the root itself
	path string
	file *modfile.File
}

// make copies the working tree, drops the replacements, and puts each module on the
// proxy, so that the next one finds it there.
func (r *release) make() error {
	if !semver.IsValid(r.version) || semver.Major(r.version) > "v1" {
		return fmt.Errorf("%q is no version that the modules' paths allow: name one such as v0.4.0", r.version)
	}
	if err := r.copyTree(); err != nil {
		return err
	}
	if err := r.find(); err != nil {
		return err
	}
	for _, m := range r.modules {
		fmt.Printf("release: %s %s\n", m.path, r.version)
		if err := r.rewrite(m); err != nil {
			return err
		}
		if err := r.proxy.add(m.path, r.version, filepath.Join(r.tree, m.dir)); err != nil {
			return err
		}
	}
	return nil
}

// files are all files of the working tree that git does not ignore.
func (r *release) files() ([]string, error) {
	out, err := r.git(r.root, "ls-files", "-co", "--exclude-standard")
	return strings.Fields(out), err
}

func (r *release) copyTree() error {
	files, err := r.files()
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := copyFile(filepath.Join(r.root, name), filepath.Join(r.tree, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// find lists the modules, each behind those that it requires. This one is for the
// project alone, and is not released.
func (r *release) find() error {
	files, err := r.files()
	if err != nil {
		return err
	}
	var all []module
	for _, name := range files {
		if path.Base(name) != "go.mod" || path.Dir(name) == "release" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r.tree, name))
		if err != nil {
			return err
		}
		f, err := modfile.Parse(name, data, nil)
		if err != nil {
			return err
		}
		if want := path.Join(rootPath, path.Dir(name)); f.Module.Mod.Path != want {
			return fmt.Errorf("%s is module %s, and from its place it should be %s", name, f.Module.Mod.Path, want)
		}
		all = append(all, module{path.Dir(name), f.Module.Mod.Path, f})
	}
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(m module) bool { return !slices.ContainsFunc(all, m.requires) })
		if n < 0 {
			return errors.New("the modules require each other in a circle")
		}
		r.modules = append(r.modules, all[n])
		all = slices.Delete(all, n, n+1)
	}
	return nil
}

func (m module) requires(other module) bool {
	return slices.ContainsFunc(m.file.Require, func(r *modfile.Require) bool { return r.Mod.Path == other.path })
}

// rewrite makes the go.mod and go.sum that are released.
func (r *release) rewrite(m module) error {
	for _, replace := range slices.Clone(m.file.Replace) {
		if !strings.HasPrefix(replace.Old.Path, rootPath) {
			return fmt.Errorf("%s replaces %s: whoever imports it would get another module than its tests", m.path, replace.Old.Path)
		}
		if err := m.file.DropReplace(replace.Old.Path, replace.Old.Version); err != nil {
			return err
		}
	}
	for _, other := range r.modules {
		if m.requires(other) {
			if err := m.file.AddRequire(other.path, r.version); err != nil {
				return err
			}
		}
	}
	m.file.Cleanup()
	data, err := m.file.Format()
	if err != nil {
		return err
	}
	dir := filepath.Join(r.tree, m.dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), data, 0o644); err != nil {
		return err
	}
	if m.dir != "." { // a module of its own needs a licence of its own
		if err := copyFile(filepath.Join(r.root, "LICENSE"), filepath.Join(dir, "LICENSE")); err != nil {
			return err
		}
	}
	_, err = r.proxy.goCommand(dir, nil, "mod", "tidy")
	return err
}

// tag commits the released tree beside the branch, and tags it for each module.
// Nothing is pushed.
func (r *release) tag() error {
	if dirty, err := r.git(r.root, "status", "--porcelain"); err != nil || dirty != "" {
		return errors.Join(err, errors.New("there are changes that are not committed: commit them first"))
	}
	index := filepath.Join(filepath.Dir(r.tree), "index")
	git := func(args ...string) (string, error) {
		return r.git(r.root, append([]string{"--work-tree=" + r.tree}, args...)...)
	}
	os.Setenv("GIT_INDEX_FILE", index)
	defer os.Unsetenv("GIT_INDEX_FILE")
	if _, err := git("add", "-A", "--force", "."); err != nil {
		return err
	}
	tree, err := git("write-tree")
	if err != nil {
		return err
	}
	commit, err := git("commit-tree", tree, "-p", "HEAD", "-m", "Release "+r.version)
	if err != nil {
		return err
	}
	for _, m := range r.modules {
		name := path.Join(m.dir, r.version)
		if _, err := git("tag", "-a", "-m", m.path+" "+r.version, name, commit); err != nil {
			return err
		}
		fmt.Println("release: tagged", name)
	}
	fmt.Println("release: look at the tags, then run: git push --tags")
	return nil
}

func (r *release) git(dir string, args ...string) (string, error) {
	return output(exec.Command("git", append([]string{"-C", dir}, args...)...))
}

// output is what a command prints, in its error if it fails.
func output(cmd *exec.Cmd) (string, error) {
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s in %s: %w\n%s%s", strings.Join(cmd.Args, " "), cmd.Dir, err, &out, &failure)
	}
	return strings.TrimSpace(out.String()), nil
}
