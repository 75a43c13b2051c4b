//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package durable

import "os"

// lock does nothing where the standard library has no locks: there, that a file
// is used once is up to the caller.
func lock(*os.File) error { return nil }
