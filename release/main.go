// Command release makes a release of buoy and its nested modules, and checks first
// that programs elsewhere can use it.
//
//	go run . check                    the release, on a module proxy on disk, used from outside
//	go run . -version v0.4.0 tag      a commit without replacements, and a tag for each module
//
// While buoy is developed, the nested modules find the root module beside them by a
// replace directive. A replace directive does not count for those who import a module,
// so a release has none: each go.mod names the released version of the others.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	version := flag.String("version", "v0.0.1", "the version to release; nested modules get the same one")
	flag.Parse()
	if err := run(flag.Arg(0), *version); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(what, version string) error {
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	if what != "check" && what != "tag" {
		return fmt.Errorf("say what to do: check or tag, not %q", what)
	}
	tmp, err := os.MkdirTemp("", "buoy-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	r := &release{root: root, version: version, tree: filepath.Join(tmp, "tree")}
	r.proxy = proxy{dir: filepath.Join(tmp, "proxy"), cache: filepath.Join(tmp, "modules")}
	defer r.proxy.close()
	if err := r.make(); err != nil {
		return err
	}
	if what == "tag" {
		return r.tag()
	}
	for _, check := range []func() error{r.fromOutside, r.quickstart, r.otherMachines, r.oldestGo} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}
