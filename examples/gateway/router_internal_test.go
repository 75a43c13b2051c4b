package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const threeEndpoints = `{
	"endpoints": [
		{"name": "north", "base_url": "https://north.example/v1", "models": {"small": "gpt-4o-mini", "large": "gpt-4o"}},
		{"name": "south", "base_url": "https://south.example/v1", "models": {"small": "openai/gpt-4o-mini", "backup": "llama"}},
		{"name": "open", "base_url": "https://open.example/v1"}
	],
	"fallbacks": {
		"large": [{"model": "small", "larger_context": true}],
		"backup": [],
		"*": ["backup"]
	}
}`

func TestTheWayOfAModel(t *testing.T) {
	g, err := loadFile(t, threeEndpoints)
	require.NoError(t, err)
	for _, c := range []struct {
		model  string
		wanted []string
		want   string
	}{
		{"small", nil, "north, south, south/backup"}, // every endpoint that lists it, then "*"
		{"large", nil, "north, north/small+, south/small+"},
		{"backup", nil, "south"},                // an empty list is none
		{"anything", nil, "open, south/backup"}, // who lists nothing takes the rest
		{"small", []string{}, "north, south"},   // the request wants none
		{"small", []string{"large"}, "north, south, north/large"},
		{"small", []string{"small", "new", "new"}, "north, south, open/new"},
	} {
		hops, err := g.router.way(c.model, c.wanted)
		require.NoError(t, err)
		var got []string
		for _, h := range hops {
			place := g.router.endpoints[h.endpoint].Name
			if h.model != "" {
				place += "/" + h.model
			}
			if h.good.LargerContext {
				place += "+"
			}
			got = append(got, place)
		}
		require.Equal(t, c.want, strings.Join(got, ", "), "%s %v", c.model, c.wanted)
	}
}

func TestModelsOfOneWayShareAClient(t *testing.T) {
	g, err := loadFile(t, threeEndpoints)
	require.NoError(t, err)
	one, err := g.router.client("anything", nil)
	require.NoError(t, err)
	two, err := g.router.client("something-else", nil)
	require.NoError(t, err)
	require.Same(t, one, two)
	three, err := g.router.client("anything", []string{"small"})
	require.NoError(t, err)
	require.NotSame(t, one, three)
}

func TestRequestsCannotFillTheMemoryWithClients(t *testing.T) {
	g, err := loadFile(t, threeEndpoints)
	require.NoError(t, err)
	for i := range 3 * maxClients {
		_, err := g.router.client("small", []string{fmt.Sprint("made-up-", i)})
		require.NoError(t, err)
	}
	require.Equal(t, maxClients, g.router.clients.Len())
}
