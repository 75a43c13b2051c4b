// Package buoysentry reports to Sentry what fails in a client of buoy's.
//
//	if err := sentry.Init(sentry.ClientOptions{Dsn: dsn}); err != nil {
//		return err
//	}
//	defer sentry.Flush(2 * time.Second) // after client.Close, or the last events are lost
//
//	client, err := buoy.New(endpoint, buoy.WithObserver(buoysentry.New()))
//
// # What becomes an event
//
//   - A call that fails, unless its caller gave up (canceled).
//   - A refusal that a human must mend (auth, permission, quota) of a call that was
//     answered all the same, by another key or target, or that failed for another reason.
//   - A key that goes out, as wrong or for money: once, when it does.
//
// The level comes from the severity of the kind: critical is fatal, important is warning,
// standard is error, informational is info. Events with the same kind, endpoint and model
// are one issue, so that a storm is one line in Sentry's list.
//
// Attempts, waits, fallbacks, hedges and recoveries of the call are the event's
// breadcrumbs. If the context of the call has a hub, they are added to that hub as well
// when the call ends, so that a later event of the application shows them.
//
// # What is never sent
//
// No event has a key, a header, a prompt or an answer. Keys have labels. Of the request
// there are the parameters that buoy's logs have, such as temperature and max_tokens, and
// how many messages it has. What your own hub, [WithUser] and [WithTags] add is sent as
// it is.
//
// # The local limit
//
// The SDK slows down only when Sentry's server tells it to, and by then the quota is
// spent. So each issue may send [DefaultBurst] events at once, and then one per
// [DefaultInterval]; see [WithLimit]. What was held back is in the next event of the
// issue ("held_back" in its context "buoy call"), and [Observer.HeldBack] has the sum.
//
// # Flush
//
// The SDK sends in the background. Before a program ends, close the client, so that its
// last calls are reported, and then call sentry.Flush, or Flush of the hub that you gave
// to [WithHub].
package buoysentry
