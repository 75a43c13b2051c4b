package buoy

import (
	"context"
	"errors"
	"net/url"

	"github.com/buoy-go/buoy/money"
)

// CatalogueURL is AITUNNEL's public list of chat models with their prices. It needs no
// key.
const CatalogueURL = money.CatalogueURL

// FetchCatalogue reads the list of models from a URL; "" means [CatalogueURL]. No key
// is sent. Use the options of [New] that affect the connection: WithHTTPClient,
// WithTimeouts, WithRetry, WithMaxResponse, WithLogger. The error is a [*CallError], or
// that of New.
//
// Prices change. Read the list at the start, and once a day in a long-running program.
func FetchCatalogue(ctx context.Context, at string, opts ...Option) (Catalogue, error) {
	if at == "" {
		at = CatalogueURL
	}
	u, err := url.Parse(at)
	if err != nil {
		return nil, errors.New("buoy: the URL of the catalogue cannot be parsed")
	}
	base := url.URL{Scheme: u.Scheme, Host: u.Host, User: u.User}
	c, err := New(Endpoint{BaseURL: base.String()}, opts...)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var catalogue Catalogue
	_, err = fetch(ctx, c, opCatalogue, u, func(data []byte) (err error) {
		catalogue, err = money.ParseCatalogue(data)
		return err
	})
	return catalogue, err
}
