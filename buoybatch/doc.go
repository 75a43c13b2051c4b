// Package buoybatch asks many requests of one client, several at a time, and can
// stop and go on later without paying for an answer twice.
//
//	journal, err := buoybatch.OpenJournal("answers.jsonl")
//	if err != nil {
//		return err
//	}
//	defer journal.Close()
//	for i, r := range buoybatch.Run(ctx, client, requests, buoybatch.Options{Journal: journal}) {
//		if r.Err != nil {
//			log.Print(i, r.Err) // one failure does not end the others
//			continue
//		}
//		use(i, r.Response)
//	}
//
// # Requests and results
//
// [Run] takes an iterator of requests and returns an iterator of results, so neither
// has to fit into memory. A request is taken when a call can begin. Results come as
// they are ready; [Options.Ordered] yields them in the order of the requests, and
// [Options.Window] then bounds how many answers wait for an earlier one.
//
// Both iterators run on the goroutine of the loop, and so do the callbacks of
// [Options]: none of them needs a lock. Leaving the loop cancels the calls under
// way and returns when all have ended.
//
// # Failures
//
// Each request is one [buoy.Client.Chat], with the client's retries, breaker,
// limits and fallbacks. What still fails is the error of that [Result] and leaves
// the others alone. There are two exceptions:
//
//   - What passes by itself is waited for: an open breaker, a rate limit, a pause of
//     the keys. Otherwise an outage of a minute would fail all requests that are
//     left, each in no time. [Options.Patience] bounds the wait.
//   - What all others would meet as well ends the batch: a dead key, no money, or
//     what [Options.StopOn] says. Calls under way are finished and yielded, then a
//     last result with an [*Error] stands at the first request that was not asked.
//
// # The journal
//
// A [Journal] is a file of lines of JSON, one for each request that has ended. An
// answer is on the disk before it is yielded. Run the same requests in the same
// order with the same journal, and what was answered comes from it
// ([Result.Resumed]), for free; the rest, and what has failed, is asked.
//
// A request is known again by its index and by the SHA-256 of its body. If another
// request stands at an index that was answered, the run ends with [ErrMismatch]: the
// journal belongs to another batch, or the order has changed. A request that failed
// may be changed before the next run.
//
// What a crash can cost is the calls that were under way: they are asked again. A
// last line that was half written is dropped; damage anywhere else is a
// [*JournalError], since a journal that has lost answers would have them paid twice.
// Each line ends with a CRC-32C of itself, which finds what a disk has damaged.
// Journals of earlier versions, which have no sums, are read and go on.
//
// [OpenJournal] keeps it in a local file, for one process at a time. [NewJournal]
// takes any [File].
//
// # Progress
//
// [Options.Progress] is told after each request how many have ended, what they cost
// and about how long the rest will take; examples/batch draws a bar with it. Give
// [Options.Total] for the share and the time that is left.
package buoybatch
