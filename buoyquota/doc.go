// Package buoyquota keeps the count of a [buoy.Quota] in a file. A service that
// restarts then knows what was spent before, and reports no threshold twice.
//
//	store, err := buoyquota.OpenFile("/var/lib/service/quota.json")
//	if err != nil {
//		return err // do not start from zero: that would spend the quota twice
//	}
//	defer store.Close() // after the client is closed
//	client, err := buoy.New(endpoint, buoy.WithQuota(buoy.Quota{
//		Period: buoy.Monthly(time.Local), Cost: 50_000, Currency: buoy.RUB,
//		Refuse: true, Store: store,
//	}))
//
// One [File] serves any number of quotas and clients in one process. Several processes
// need another [buoy.QuotaStore], one that all of them can reach.
//
// # After a crash
//
// Counts are written once a second, so a crash loses at most the last second. A
// threshold is recorded on the disk before its callback runs. A crash never leaves half
// a file: the new content is written to another file (the name and ".tmp"), which then
// replaces the old one. The file with the ending ".lock" stays and can be ignored.
//
// If the disk is full, no count is lost either. [buoy.Quota.OnError] gets the error,
// the count goes on in memory, and it is written as soon as that works.
//
// # Damaged files
//
// The file ends with a CRC-32C of its content, and a damaged file is refused. To repair
// it, edit it: it is indented JSON, and the error names the sum for its present
// content. To count from zero, move it away. Files of earlier versions have no sum.
// They are read, and get a sum when they are written.
//
// If the path is a symbolic link, the file that it leads to is written and locked. The
// link stays.
package buoyquota
