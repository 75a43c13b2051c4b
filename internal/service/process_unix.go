//go:build unix

package service

import (
	"os"
	"syscall"
)

// attributes put a server into a group of its own, so that it is ended with all that
// it has started, and so that an interrupt from the keyboard is the test's alone. A uid
// of 0 is the user who runs the test.
func attributes(uid, gid int) *syscall.SysProcAttr {
	as := &syscall.SysProcAttr{Setpgid: true}
	if uid != 0 {
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	orphaned(as)
	return as
}

func kill(p *os.Process) error   { return syscall.Kill(-p.Pid, syscall.SIGKILL) }
func pause(p *os.Process) error  { return syscall.Kill(-p.Pid, syscall.SIGSTOP) }
func resume(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGCONT) }
