package conformance_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

// credential is one of Azure's, as those of azidentity are.
type credential struct{ asked []string }

var _ azcore.TokenCredential = (*credential)(nil)

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.asked = append(c.asked, o.Scopes...)
	return azcore.AccessToken{Token: "token-of-entra-id", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// The block of docs/azure.md: a credential of Azure's SDK is a KeySource.
func TestACredentialOfAzureIsAKeySource(t *testing.T) {
	srv := buoytest.NewMemServer(t, buoytest.Always(buoytest.Reply("fine")))
	cred := &credential{}
	endpoint := srv.Endpoint()
	endpoint.Keys = nil
	endpoint.KeySource = func(ctx context.Context) ([]string, error) {
		t, err := cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}})
		return []string{t.Token}, err
	}
	client, err := buoy.New(endpoint, buoy.WithHTTPClient(srv.Client()))
	require.NoError(t, err)
	defer client.Close()
	_, err = client.Chat(t.Context(), buoy.Request{Model: "m", Messages: []buoy.Message{buoy.User("Hi")}})
	require.NoError(t, err)
	require.Equal(t, "Bearer token-of-entra-id", srv.Requests()[0].Header.Get("Authorization"))
	require.Equal(t, []string{"https://cognitiveservices.azure.com/.default"}, cred.asked)
}
