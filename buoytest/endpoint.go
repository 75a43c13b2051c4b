package buoytest

import "github.com/buoy-go/buoy"

// TestKey is the API key in [Server.Endpoint]. The server accepts any key.
const TestKey = "test-key"

// Endpoint returns the endpoint to give to [buoy.New]. Also give the client
// [Server.Client]. Without it the client uses the real network, where it finds only
// servers made by [NewServer]:
//
//	buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
func (s *Server) Endpoint() buoy.Endpoint {
	return buoy.Endpoint{BaseURL: s.URL + "/v1", Keys: []string{TestKey}}
}
