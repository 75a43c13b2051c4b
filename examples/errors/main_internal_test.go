package main

import (
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// The switch that this example shows has a case for every kind.
func TestEveryKindHasADecision(t *testing.T) {
	for kind := range buoy.Kinds() {
		if kind != buoy.ErrUnknown {
			require.NotEqual(t, whatToDo(buoy.ErrUnknown), whatToDo(kind), kind)
		}
	}
}
