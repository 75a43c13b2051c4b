package envelope

// The kinds, spelled as buoy.Kind spells them. A refusal that arrived can be nothing else.
const (
	invalidRequest = "invalid_request"
	contextLength  = "context_length"
	tooLarge       = "too_large"
	moderation     = "moderation"
	auth           = "auth"
	permission     = "permission"
	notFound       = "not_found"
	quota          = "quota"
	rateLimit      = "rate_limit"
	conflict       = "conflict"
	server         = "server"
	overloaded     = "overloaded"
	upstream       = "upstream"
	timeout        = "timeout"
	malformed      = "malformed"
	unknown        = "unknown"
)

// kindFromNumber is the last step: what an HTTP code says by itself. 0 is none.
func kindFromNumber(code int) string {
	switch code {
	case 401:
		return auth
	case 402:
		return quota
	case 403:
		return permission
	case 404:
		return notFound
	case 408, 504, 522, 523, 524:
		return timeout
	case 409:
		return conflict
	case 413:
		return tooLarge
	case 429:
		return rateLimit
	case 501:
		return invalidRequest
	case 502:
		return upstream
	case 503, 529:
		return overloaded
	}
	switch {
	case code >= 300 && code < 400:
		// Redirects are never followed, since they would carry the key along: nothing is at this address.
		return notFound
	case code >= 400 && code < 500:
		return invalidRequest
	case code >= 500 && code < 600:
		return server
	}
	return ""
}
