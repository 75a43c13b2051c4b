//go:build !linux

package service

import (
	"os/exec"
	"syscall"
)

func orphaned(*syscall.SysProcAttr) {}

// start runs a command and closes gone when it has ended.
func start(cmd *exec.Cmd, gone chan struct{}) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait()
		close(gone)
	}()
	return nil
}
