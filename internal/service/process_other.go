//go:build !unix

package service

import (
	"errors"
	"os"
	"syscall"
)

func attributes(int, int) *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func kill(p *os.Process) error { return p.Kill() }
func pause(*os.Process) error  { return errors.ErrUnsupported }
func resume(*os.Process) error { return errors.ErrUnsupported }
