package address

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		base     string
		insecure bool
		err      string
	}{
		{"https://api.example.com/v1", false, ""},
		{"http://localhost:1/v1", false, ""},
		{"http://a.localhost./v1", false, ""},
		{"http://127.8.8.8/v1", false, ""},
		{"http://[::1]/v1", false, ""},
		{"http://[::ffff:127.0.0.1]/v1", false, ""},
		{"http://10.0.0.1/v1", true, ""},
		{"http://10.0.0.1/v1", false, "plain HTTP to 10.0.0.1"},
		{"http://localhost.example.com/v1", false, "plain HTTP to localhost.example.com"},
		{"", false, "has no BaseURL"},
		{" https://a/v1", false, "white space"},
		{"api.example.com/v1", false, "needs https:// or http://"},
		{"https://:80/v1", false, "has no host"},
		{"https://user:secret@a/v1", false, "BaseURL of a holds a user name"},
		{"https://a/v1?key=secret", false, "BaseURL of a has a query or fragment"},
		{"https://a/v1/chat/completions/", false, "which is appended"},
		{"https://user:secret@a b/v1", false, "cannot be parsed"},
		{"https://name.openai.azure.com/openai/deployments/d", false, ""},
		{"https://name.openai.azure.com/openai/v1/", false, ""},
		{"https://name.openai.azure.com/openai/v1/openai/deployments/d", false, `use buoy.Endpoint{BaseURL: "https://name.openai.azure.com/openai/v1", KeyHeader: "api-key"`},
		{"https://gateway.example/openai/v1/openai/deployments/d", false, "is the newer API of Azure"},
		{"https://name.services.ai.azure.com/api/projects/p/openai/v1/openai/deployments/d", false, `"https://name.services.ai.azure.com/api/projects/p/openai/v1"`},
		{"https://name.openai.azure.com/openai/openai/deployments/d", false, "without a path: https://name.openai.azure.com"},
		{"https://name.azure-api.net/openai/openai/deployments/d", false, ""}, // a gateway's own path
	} {
		_, err := Parse(tc.base, tc.insecure)
		if tc.err == "" {
			require.NoError(t, err, tc.base)
			continue
		}
		require.ErrorContains(t, err, tc.err)
		require.NotContains(t, err.Error(), "secret")
	}
}

func TestBelow(t *testing.T) {
	base, err := url.Parse("https://a/v1%2Fx//")
	require.NoError(t, err)
	u := Below(base, Completions, url.Values{"api-version": {"1"}})
	require.Equal(t, "https://a/v1%2Fx/chat/completions?api-version=1", u.String())
	require.Equal(t, "https://a/v1%2Fx//", base.String())
}

func TestRedirect(t *testing.T) {
	from, err := url.Parse("https://api.example.com/v1/chat/completions?key=secret")
	require.NoError(t, err)
	for to, want := range map[string]string{
		"":                                 "",
		":":                                "",
		"/login":                           "https://api.example.com/login",
		"https://u:pw@x.example/a?k=v#top": "https://x.example/a?***",
	} {
		require.Equal(t, want, Redirect(from, to), to)
	}
}
