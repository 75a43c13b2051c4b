//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package buoy

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes a file for this process, or says at once that it is taken. The
// system gives the lock back when the file is closed and when the process dies.
func lockFile(f *os.File) error {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return nil
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errFileTaken
		case errors.Is(err, syscall.ENOTSUP), errors.Is(err, syscall.ENOSYS):
			return nil // some network file systems have no locks
		default:
			return err
		}
	}
}
