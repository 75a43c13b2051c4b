package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	xmodule "golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// proxy is a module proxy in a folder, as https://go.dev/ref/mod#goproxy-protocol
// describes it, and the go command set up to use it.
type proxy struct {
	dir   string
	cache string // a module cache of its own: the same version may mean other files tomorrow
	env   []string
}

// add packs a folder as a version of a module.
func (p *proxy) add(path, version, dir string) error {
	at := filepath.Join(p.dir, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(at, version+".zip"))
	if err != nil {
		return err
	}
	err = zip.CreateFromDir(out, xmodule.Version{Path: path, Version: version}, dir)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	info := fmt.Sprintf(`{"Version":%q,"Time":%q}`, version, time.Now().UTC().Format(time.RFC3339))
	return errors.Join(
		os.WriteFile(filepath.Join(at, version+".info"), []byte(info), 0o644),
		os.WriteFile(filepath.Join(at, version+".mod"), mod, 0o644),
		os.WriteFile(filepath.Join(at, "list"), []byte(version+"\n"), 0o644),
	)
}

// goCommand runs the go command with the modules of the proxy. What the user's own
// module cache has is not fetched again.
func (p *proxy) goCommand(dir string, env []string, args ...string) (string, error) {
	if p.env == nil {
		out, err := output(exec.Command("go", "env", "GOPROXY", "GOMODCACHE"))
		if err != nil {
			return "", err
		}
		upstream, cached, _ := strings.Cut(out, "\n")
		p.env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false -modcacherw -trimpath", "GONOSUMDB="+rootPath,
			"GOPROXY=file://"+p.dir+",file://"+filepath.Join(cached, "cache", "download")+","+upstream, "GOMODCACHE="+p.cache)
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(p.env[:len(p.env):len(p.env)], env...)
	return output(cmd)
}

// close removes what the go command keeps of the modules.
func (p *proxy) close() { os.RemoveAll(p.cache) }
