package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Spec says how to run a server.
type Spec struct {
	Program Program
	// Args are the server's arguments. It should listen on this port of 127.0.0.1 and
	// keep its files in dir. They are asked for again where the port turned out to be
	// taken.
	Args func(dir string, port int) []string
	// Prepare runs in the new folder before the first start; nil for nothing. What it
	// runs through [Server.Command] has the server's user.
	Prepare func(s *Server) error
	// Ready returns nil once the server answers. nil means that it accepts connections.
	Ready func(ctx context.Context, s *Server) error
	// User runs the server as another user when the test is root's, since PostgreSQL
	// refuses root. The folder belongs to that user. "" is the test's own.
	User string
	// Interrupt stops the server where SIGTERM is not the way; nil is SIGTERM.
	Interrupt os.Signal
	Env       []string // added to the environment
}

// Server is a running server. Its methods are for one goroutine at a time.
type Server struct {
	Dir  string // its folder, removed by Close
	Port int

	spec Spec
	path string
	as   *syscall.SysProcAttr
	log  tail
	cmd  *exec.Cmd
	gone chan struct{} // closed when the process has ended
}

const (
	startTime = 30 * time.Second // PostgreSQL on two busy cores takes five
	stopTime  = 10 * time.Second
	poll      = 10 * time.Millisecond
)

// Run starts a server for a test, and stops it when the test has ended. Where the
// program is missing it skips the test; see [Need]. When the test has failed, the end
// of the server's log is in the test's.
func Run(t testing.TB, spec Spec) *Server {
	t.Helper()
	Need(t, spec.Program)
	s, err := Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s said:\n%s", spec.Program.Name, s.Log())
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Start runs a server until Close. It returns when the server is ready.
func Start(spec Spec) (*Server, error) {
	path, ok := spec.Program.Find()
	if !ok {
		return nil, errors.New(spec.Program.Hint())
	}
	dir, err := os.MkdirTemp("", "buoy-"+spec.Program.Name+"-")
	if err != nil {
		return nil, err
	}
	s := &Server{Dir: dir, spec: spec, path: path}
	if err = s.first(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// first prepares the folder and starts the server, on another port where somebody took
// the one that was free a moment ago.
func (s *Server) first() error {
	var err error
	if s.as, err = s.runAs(); err != nil {
		return err
	}
	if s.Port, err = freePort(); err != nil {
		return err
	}
	if s.spec.Prepare != nil {
		if err = s.spec.Prepare(s); err != nil {
			return err
		}
	}
	for range 3 {
		if err = s.Restart(); !errors.Is(err, errEnded) {
			return err
		}
		if s.Port, _ = freePort(); s.Port == 0 {
			return err
		}
	}
	return err
}

// runAs is how the server's processes are started: as its user, who gets the folder.
func (s *Server) runAs() (*syscall.SysProcAttr, error) {
	if s.spec.User == "" || os.Getuid() != 0 {
		return attributes(0, 0), nil
	}
	u, err := user.Lookup(s.spec.User)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return attributes(uid, gid), os.Chown(s.Dir, uid, gid)
}

// freePort is one that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Addr returns where the server listens, as 127.0.0.1:PORT.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

// Command prepares another program with the server's user, folder and environment. The
// path of a relative name is searched beside the server, then as [Program.Find] does.
func (s *Server) Command(name string, args ...string) *exec.Cmd {
	path := filepath.Join(filepath.Dir(s.path), name)
	if _, err := exec.LookPath(path); err != nil {
		path, _ = Program{Name: name}.Find()
	}
	return s.command(path, args)
}

func (s *Server) command(path string, args []string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.SysProcAttr = s.Dir, s.as
	cmd.Env = append(os.Environ(), s.spec.Env...)
	return cmd
}

var errEnded = errors.New("it ended before it was ready")

// Restart starts the server again on its port and with its folder, after Stop or Kill.
// It returns when the server is ready. One that runs is stopped first.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	s.cmd = s.command(s.path, s.spec.Args(s.Dir, s.Port))
	s.cmd.Stdout, s.cmd.Stderr = &s.log, &s.log
	s.gone = make(chan struct{})
	if err := start(s.cmd, s.gone); err != nil {
		s.cmd = nil
		return fmt.Errorf("%s: %w", s.spec.Program.Name, err)
	}
	if err := s.awaitReady(); err != nil {
		return fmt.Errorf("%s: %w:\n%s", s.spec.Program.Name, err, s.Log())
	}
	return nil
}

func (s *Server) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	ready := s.spec.Ready
	if ready == nil {
		ready = accepts
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		err := ready(ctx, s)
		if err == nil {
			return nil
		}
		select {
		case <-s.gone:
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("it was not ready after %s: %w", startTime, err)
		case <-ticker.C:
		}
	}
}

func accepts(ctx context.Context, s *Server) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.Addr())
	if err != nil {
		return err
	}
	return conn.Close()
}

// Running reports whether the process is there, which a paused one is, too.
func (s *Server) Running() bool {
	if s.cmd == nil {
		return false
	}
	select {
	case <-s.gone:
		return false
	default:
		return true
	}
}

// Stop ends the server as its administrator would: it may save its files. One that is
// not running is no error.
func (s *Server) Stop() error {
	if !s.Running() {
		return nil
	}
	end := s.spec.Interrupt
	if end == nil {
		end = syscall.SIGTERM
	}
	_ = resume(s.cmd.Process) // a paused one would not hear it
	_ = s.cmd.Process.Signal(end)
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-s.gone:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("%s did not stop within %s", s.spec.Program.Name, stopTime), s.Kill())
	}
}

// Kill ends the server at once, with what it has started, as a crash would. It returns
// when the process is gone.
func (s *Server) Kill() error {
	if !s.Running() {
		return nil
	}
	err := kill(s.cmd.Process)
	<-s.gone
	return err
}

// Pause stops the server's clock: it holds its connections and answers nothing, as a
// hanging one does, until Resume.
func (s *Server) Pause() error { return pause(s.cmd.Process) }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return resume(s.cmd.Process) }

// Log returns the end of what the server has written.
func (s *Server) Log() string { return s.log.String() }

// Close stops the server and removes its folder.
func (s *Server) Close() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.Dir))
}

// tail keeps the end of a log.
type tail struct {
	mu  sync.Mutex // guards the field below
	end []byte
}

const tailSize = 64 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if over := len(t.end) - tailSize; over > 0 {
		t.end = bytes.Clone(t.end[over:])
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.end)
}
