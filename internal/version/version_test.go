package version

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The version in another program is tested in module release: a test's own build has no
// list of its dependencies.
func TestOfAModuleThatIsNoDependency(t *testing.T) {
	require.Equal(t, "dev", Of("github.com/buoy-go/buoy"))
}
