package buoy_test

import (
	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/testdesk"
)

// The names by which the tests here call package testdesk. Helpers that more than
// one family of tests needs stand there, and not in a test of either.
type (
	desk          = testdesk.Desk
	pair          = testdesk.Pair
	roundTripper  = testdesk.RoundTripper
	countedBodies = testdesk.CountedBodies
	fired         = testdesk.Fired
)

const testKey = testdesk.Key

var (
	hello   = testdesk.Hello
	noRetry = testdesk.NoRetry

	bubble       = testdesk.Bubble
	keyed        = testdesk.Keyed
	keysUsed     = testdesk.KeysUsed
	twoProviders = testdesk.TwoProviders
	endpointOf   = testdesk.Endpoint
	clientOf     = testdesk.ClientOf
	reply        = testdesk.Reply

	call     = testdesk.Call
	callWith = testdesk.CallWith
	textOf   = testdesk.TextOf
	streamOf = testdesk.StreamOf
	read     = testdesk.Read
	watch    = testdesk.Watch

	callError  = testdesk.ErrorOf[*buoy.CallError]
	apiError   = testdesk.ErrorOf[*buoy.APIError]
	limitError = testdesk.ErrorOf[*buoy.LimitError]
	timerOf    = testdesk.ErrorOf[*buoy.TransportError]

	badKey    = testdesk.BadKey
	noMoney   = testdesk.NoMoney
	tooFast   = testdesk.TooFast
	forbidden = testdesk.Forbidden
	late      = testdesk.Late
	used      = testdesk.Used
	costs     = testdesk.Costs

	spent = testdesk.Status
	date  = testdesk.Date
)
