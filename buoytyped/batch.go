package buoytyped

import (
	"context"
	"errors"
	"iter"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
)

// BatchResult is the outcome of one request of [BatchAs]. Value is set if Err is nil.
type BatchResult[T any] struct {
	buoybatch.Result
	Value T
}

// BatchAs is [buoybatch.Run] for answers of type T. Each request is sent with the response
// format of T, and its answer is checked before it is written to the journal: an answer
// that is no T is a failure, and the next run asks again. With [WithRepair] it is asked
// for once more at once. Answers in the journal are checked, too, so that T may change
// between two runs.
//
// The errors of a result are those of [ChatAs] and of [buoybatch.Run]. The ResponseFormat
// of a request must be nil; one that is not ends the batch. batch.Accept is asked about
// the answers that are a T. batch.Repair is asked about those that it refuses, and about
// all others if there is no [WithRepair].
func BatchAs[T any](ctx context.Context, client *buoy.Client, reqs iter.Seq[buoy.Request], batch buoybatch.Options, opts ...Option) iter.Seq2[int, BatchResult[T]] {
	return func(yield func(int, BatchResult[T]) bool) {
		s := settingsOf(opts)
		sh, err := answerShape[T]()
		if err != nil {
			yield(0, BatchResult[T]{Result: buoybatch.Result{Err: &buoybatch.Error{Err: err}}})
			return
		}
		batch.CallOptions = append(batch.CallOptions[:len(batch.CallOptions):len(batch.CallOptions)], s.call...)
		batch.Accept, batch.Repair = acceptor[T](sh, batch.Accept), s.repairer(batch.Repair)
		var bad *buoy.Request // the one that cannot be prepared, and why
		prepared := func(yield func(buoy.Request) bool) {
			for req := range reqs {
				if err = s.prepare(&req, sh); err != nil {
					bad = &req
					return
				}
				if !yield(req) {
					return
				}
			}
		}
		next := 0
		for i, r := range buoybatch.Run(ctx, client, prepared, batch) {
			next = max(next, i+1)
			if !yield(i, typedResult[T](sh, r)) {
				return
			}
		}
		if bad != nil {
			yield(next, BatchResult[T]{Result: buoybatch.Result{Request: bad, Err: &buoybatch.Error{Err: err}}})
		}
	}
}

// acceptor takes what is a T, and what the caller's own function takes.
func acceptor[T any](sh *shape, own func(*buoy.Response) error) func(*buoy.Response) error {
	return func(resp *buoy.Response) error {
		if _, err := decode[T](sh, resp); err != nil {
			return err
		}
		if own == nil {
			return nil
		}
		return own(resp)
	}
}

// repairer shows the model its mistake, and leaves all others to the caller's own
// function.
func (s *settings) repairer(own func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool)) func(*buoy.Request, *buoy.Response, error) (buoy.Request, bool) {
	if !s.repair {
		return own
	}
	return func(req *buoy.Request, resp *buoy.Response, refusal error) (buoy.Request, bool) {
		if bad, ok := errors.AsType[*MismatchError](refusal); ok {
			return repairing(*req, bad), len(resp.ToolCalls()) == 0
		}
		if own == nil {
			return buoy.Request{}, false
		}
		return own(req, resp, refusal)
	}
}

// typedResult decodes an accepted answer, and gives the error of one that was not its
// form in ChatAs.
func typedResult[T any](sh *shape, r buoybatch.Result) BatchResult[T] {
	out := BatchResult[T]{Result: r}
	if r.Err == nil {
		out.Value, out.Err = decode[T](sh, r.Response)
		return out
	}
	bad, mismatch := errors.AsType[*MismatchError](r.Err)
	failed, repair := errors.AsType[*buoy.CallError](r.Err)
	if mismatch && repair {
		own := *bad
		own.Repair = failed
		out.Err = &own
	}
	return out
}
