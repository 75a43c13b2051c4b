// Package buoybatch sends many requests through one client, several at a time. With a
// journal, a batch that was interrupted can go on later without paying for an answer
// twice.
//
//	journal, err := buoybatch.OpenJournal("answers.jsonl")
//	if err != nil {
//		return err
//	}
//	defer journal.Close()
//	opts := buoybatch.Options{Journal: journal, Accept: (*buoy.Response).Check}
//	for i, r := range buoybatch.Run(ctx, client, requests, opts) {
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
// has to fit into memory. It takes a request when a call can start. Results are yielded
// as they arrive. Set [Options.Ordered] to get them in the order of the requests.
// [Options.Window] then limits how many answers are held back for an earlier one.
//
// Both iterators and the callbacks of [Options] run on the goroutine of the loop, so
// they need no lock. Accept and Repair are the exceptions: several goroutines call them
// at once. If you leave the loop early, the running calls are cancelled. The loop returns
// when all of them have ended.
//
// A panic on another goroutine would end the program, so one of Accept, Repair or a
// middleware of the client is the error of its request. A panic of the others, and of the
// iterators, goes up to the loop.
//
// # Failures
//
// Each request is one call of [buoy.Client.Chat], with the client's retries, breaker,
// limits and fallbacks. If it still fails, its [Result] has the error and the other
// requests go on. There are two exceptions:
//
//   - A refusal that will pass is waited for: an open breaker, a rate limit, a pause of
//     the keys. Otherwise an outage of a minute would fail all remaining requests at
//     once. [Options.Patience] limits the wait.
//   - An error that every other request would meet ends the batch: a dead key, no
//     money, or whatever [Options.StopOn] selects. Running calls are finished and
//     yielded. The last result then has an [*Error], at the first request that was not
//     sent.
//
// # Answers that are no good
//
// [Options.Accept] checks an answer before it is written to the journal. An answer that
// it refuses is a failure, so the next run asks again. Without Accept the journal also
// keeps answers that were cut off or refused, and later runs return them.
// [Options.Repair] can ask once more at once. BatchAs of the module buoytyped sets both
// for answers that become Go values.
//
// # The journal
//
// A [Journal] is a file of JSON lines, one for each request that has ended. An answer
// is on the disk before it is yielded. To resume, run the requests again with the same
// journal. Requests that were answered get their answer from the journal
// ([Result.Resumed]) and cost nothing. All others are sent, including those that failed.
//
// A request is recognised by the SHA-256 of its body. You may add, remove and reorder
// requests between two runs. A request that has changed is sent. Equal requests are
// separate questions: each is sent, and each gets an answer of its own in the next run.
//
// [Options.Key] also gives a request a name. Equal requests with different keys are told
// apart. If a key was answered and now belongs to another request, the run ends with
// [ErrMismatch], which names the fix. You may change a request that failed before the
// next run, even under its key.
//
// After a crash, the calls that were running are sent again. A last line that is
// incomplete is dropped. Damage anywhere else is a [*JournalError], because lost
// answers would be paid for again. Each line ends with its CRC-32C, which shows damage
// by a disk. Journals of earlier versions, which have no sums, can still be used.
//
// [OpenJournal] keeps the journal in a local file, for one process at a time.
// [NewJournal] accepts any [File].
//
// # Progress
//
// [Options.Progress] is called after each request. It gets the number of finished
// requests, their cost, and an estimate of the remaining time. Calls that the context
// has cut off are counted apart from failures. Set [Options.Total] to get the share and
// the estimate. The program in examples/batch draws a progress bar.
package buoybatch
