package apicheck_test

import (
	"context"
	"iter"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoybatch"
	"github.com/buoy-go/buoy/buoyquota"
)

// Batches, and the count of a quota in a file.
var (
	_ func(context.Context, *buoy.Client, iter.Seq[buoy.Request], buoybatch.Options) iter.Seq2[int, buoybatch.Result] = buoybatch.Run

	_ = buoybatch.Options{
		Concurrency: 1,
		Ordered:     true,
		Journal:     nil,
		Progress:    nil,
	}

	_ = func(path string) error {
		journal, err := buoybatch.OpenJournal(path)
		if err != nil {
			return err
		}
		_ = buoybatch.Options{Journal: journal}
		store, err := buoyquota.OpenFile(path)
		if err != nil {
			return err
		}
		var _ buoy.QuotaStore = store
		return nil
	}
)
