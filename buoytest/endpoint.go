package buoytest

import "github.com/buoy-go/buoy"

// TestKey is the key of [Server.Endpoint]. The server accepts any.
const TestKey = "test-key"

// Endpoint is where a [buoy.Client] finds the server. Give the client [Server.Client] too, or it uses the real
// network, on which only servers of [NewServer] are found:
//
//	buoy.New(srv.Endpoint(), buoy.WithHTTPClient(srv.Client()))
func (s *Server) Endpoint() buoy.Endpoint {
	return buoy.Endpoint{BaseURL: s.URL + "/v1", Keys: []string{TestKey}}
}
