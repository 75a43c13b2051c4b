package version

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A test's own build has no list of its dependencies, so every module is none of them.
func TestOfAModuleThatIsNoDependency(t *testing.T) {
	require.Equal(t, "dev", Of("github.com/buoy-go/buoy"))
}
