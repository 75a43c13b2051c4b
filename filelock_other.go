//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package buoy

import "os"

// lockFile does nothing where the standard library has no locks: there, that a
// file is used once is up to the caller.
func lockFile(*os.File) error { return nil }
