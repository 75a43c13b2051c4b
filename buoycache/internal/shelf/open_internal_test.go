package shelf

import (
	"errors"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What somebody can mend is said so, and is no damage.
func TestUnopened(t *testing.T) {
	locks := unopened(syscall.EOPNOTSUPP) // of a network file system
	require.ErrorContains(t, locks, "keep it on a local disk")
	require.ErrorIs(t, locks, syscall.EOPNOTSUPP)
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	require.Equal(t, error(full), unopened(full))
	require.ErrorIs(t, unopened(errors.New("invalid database")), ErrDamaged)
	for _, err := range []error{locks, full} {
		require.NotErrorIs(t, unopened(err), ErrDamaged)
	}
}
