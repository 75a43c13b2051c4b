// Package behaviour_test shows what users see of buoy, through its public names alone: one
// file a noun. What needs the inside is tested beside it.
package behaviour_test

import (
	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/testdesk"
)

// The names by which the tests here call package testdesk. Helpers that more than
// one family of tests needs stand there, and not in a test of either.
type (
	desk         = testdesk.Desk
	pair         = testdesk.Pair
	roundTripper = testdesk.RoundTripper
	fired        = testdesk.Fired
)

const testKey = testdesk.Key

var (
	hello      = testdesk.Hello
	noRetry    = testdesk.NoRetry
	nilContext = testdesk.NilContext

	bubble       = testdesk.Bubble
	keyed        = testdesk.Keyed
	keysUsed     = testdesk.KeysUsed
	twoProviders = testdesk.TwoProviders
	endpointOf   = testdesk.Endpoint
	clientOf     = testdesk.ClientOf
	reply        = testdesk.Reply

	call     = testdesk.Call
	textOf   = testdesk.TextOf
	streamOf = testdesk.StreamOf
	read     = testdesk.Read

	callError = testdesk.ErrorOf[*buoy.CallError]
	apiError  = testdesk.ErrorOf[*buoy.APIError]

	badKey    = testdesk.BadKey
	noMoney   = testdesk.NoMoney
	tooFast   = testdesk.TooFast
	forbidden = testdesk.Forbidden
	late      = testdesk.Late
	costs     = testdesk.Costs

	status = testdesk.Status
	date   = testdesk.Date
)
