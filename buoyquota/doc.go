// Package buoyquota keeps the count of a [buoy.Quota] in a file, so that a service
// that restarts knows what was spent before and warns of nothing twice.
//
//	store, err := buoyquota.OpenFile("/var/lib/service/quota.json")
//	if err != nil {
//		return err // not a count of zero: that would spend the quota twice
//	}
//	defer store.Close() // after the client's
//	client, err := buoy.New(endpoint, buoy.WithQuota(buoy.Quota{
//		Period: buoy.Monthly(time.Local), Cost: 50_000, Currency: buoy.RUB,
//		Refuse: true, Store: store,
//	}))
//
// One [File] serves any number of quotas and clients of one process. Several
// processes need a store of their own kind: any [buoy.QuotaStore] that all of them
// reach.
//
// # What a crash can cost
//
// Counts are written once a second, so at most the last second's are lost. That a
// threshold was called back is on the disk before the callback runs. A crash never
// leaves half a file: a new one is written beside it (its name and ".tmp") and then
// takes its place. The file "NAME.lock" stays there and may be ignored.
//
// A disk that is full costs no count either. The error is told through
// [buoy.Quota.OnError], the count goes on in memory, and it is written when it can
// be.
//
// A file that is damaged, by hand or by the disk, is refused: it ends with a CRC-32C
// of its content. Mend it (it is indented JSON, and the error names the sum that its
// content has), or move it away to count from zero. Files of earlier versions had
// no sum; they are read, and get one.
//
// A path that is a symbolic link stands for what it leads to. That file is written
// and locked; the link stays.
package buoyquota
