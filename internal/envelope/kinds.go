package envelope

// Kind is what a refusal turns out to be. What each means for a call, and what it is called in public, is the business of
// whoever asks.
type Kind uint8

// All that a refusal which arrived can be. The zero Kind stands for none: no [Refusal] has it.
const (
	KindInvalidRequest Kind = iota + 1 // the request itself is wrong
	KindContextLength                  // the prompt does not fit the model
	KindTooLarge                       // too many bytes
	KindModeration                     // refused for its content
	KindAuth                           // a bad key
	KindPermission                     // a good key that may not do this
	KindNotFound                       // no such model or path
	KindQuota                          // no money, or a long period's allowance is used up
	KindRateLimit                      // too fast
	KindConflict                       // 409
	KindServer                         // the provider failed
	KindOverloaded                     // no capacity
	KindUpstream                       // the model behind a gateway failed
	KindTimeout                        // the provider took too long
	KindMalformed                      // not what was promised
	KindUnknown                        // nothing tells
)

// kindFromNumber is the last step: what an HTTP code says by itself; 0 for nothing.
func kindFromNumber(code int) Kind {
	switch code {
	case 401:
		return KindAuth
	case 402:
		return KindQuota
	case 403:
		return KindPermission
	case 404, 410:
		return KindNotFound
	case 408, 504, 522, 523, 524:
		return KindTimeout
	case 409:
		return KindConflict
	case 413:
		return KindTooLarge
	case 429:
		return KindRateLimit
	case 501:
		return KindInvalidRequest
	case 424, 502:
		// 424: what the server asked failed it, a tool's server or the model itself.
		return KindUpstream
	case 503, 529:
		return KindOverloaded
	}
	switch {
	case code >= 300 && code < 400:
		// Redirects are never followed, since they would carry the key along: nothing is at this address.
		return KindNotFound
	case code >= 400 && code < 500:
		return KindInvalidRequest
	case code >= 500 && code < 600:
		return KindServer
	}
	return 0
}
