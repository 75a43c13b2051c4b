package service

import (
	"os/exec"
	"runtime"
	"syscall"
)

// orphaned has the kernel kill the server when the test dies, as it does at a timeout,
// where nothing is cleaned up.
func orphaned(as *syscall.SysProcAttr) { as.Pdeathsig = syscall.SIGKILL }

// start runs a command and closes gone when it has ended. The kernel takes the end of
// the thread that has started the process for the end of its parent, so that thread
// waits for the process.
func start(cmd *exec.Cmd, gone chan struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
			close(gone)
		}
	}()
	return <-started
}
