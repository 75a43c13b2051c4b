package shelf

import (
	"encoding/binary"

	bolt "go.etcd.io/bbolt"
)

// batch is a transaction on the buckets, with the sums as they will be after it.
type batch struct {
	values, expiry *bolt.Bucket
	bytes, entries int64
}

// put stores an entry in the place of what was there.
func (b *batch) put(e Entry) error {
	key := []byte(e.Key)
	if old := b.values.Get(key); old != nil {
		if err := b.remove(place(key, old), cost(len(key), len(old))); err != nil {
			return err
		}
	}
	if len(e.Record) < 8 {
		return nil
	}
	size := cost(len(key), len(e.Record))
	if err := b.values.Put(key, e.Record); err != nil {
		return err
	}
	if err := b.expiry.Put(place(key, e.Record), binary.BigEndian.AppendUint32(nil, uint32(size))); err != nil {
		return err
	}
	b.bytes += size
	b.entries++
	return nil
}

// place is where an entry stands in the order of expiry.
func place(key, record []byte) []byte {
	var at [8]byte
	copy(at[:], record)
	return append(at[:], key...)
}

// remove takes an entry out of both buckets.
func (b *batch) remove(place []byte, size int64) error {
	if err := b.expiry.Delete(place); err != nil {
		return err
	}
	if err := b.values.Delete(place[8:]); err != nil {
		return err
	}
	b.bytes -= size
	b.entries--
	return nil
}

// sweep removes what has expired.
func (b *batch) sweep(now int64) error {
	return b.removeFirst(func(expires int64) bool { return expires <= now })
}

// evict removes what expires first until the rest fits.
func (b *batch) evict(most int64) error {
	return b.removeFirst(func(int64) bool { return b.bytes > most })
}

// removeFirst removes entries in the order of expiry, as long as more says so.
func (b *batch) removeFirst(more func(expires int64) bool) error {
	for range most {
		// Each time from the start: a cursor may skip what stands behind a deleted key.
		at, size := b.expiry.Cursor().First()
		if at == nil {
			b.bytes, b.entries = 0, 0 // whatever the file said of them
			return nil
		}
		if len(at) < 8 || !more(expires(at)) {
			return nil
		}
		cost := int64(0)
		if len(size) == 4 {
			cost = int64(binary.BigEndian.Uint32(size))
		}
		if err := b.remove(append([]byte(nil), at...), cost); err != nil {
			return err
		}
	}
	return nil
}
