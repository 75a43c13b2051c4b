package assemble

import "github.com/buoy-go/buoy/chat"

// Unwrapped gives an answer that was in a wrapper the usage that stood beside it, if it has
// none of its own. DashScope's own API has them so. An error is passed on.
func Unwrapped(beside *chat.Usage) func(*chat.Response, error) (*chat.Response, error) {
	return func(resp *chat.Response, err error) (*chat.Response, error) {
		if err == nil && resp.Usage.TotalTokens == 0 {
			usage := *beside
			usage.Update(&resp.Usage) // which may have a price
			resp.Usage = usage
		}
		return resp, err
	}
}
