// Package frame gives values the form in which they lie on a disk: with their times, a
// checksum, compressed where that pays, and encrypted if there are keys.
//
//	expires  8  milliseconds since 1970, big endian, so that frames sort by it
//	born     8  likewise
//	magic    2  "bc"
//	version  1  1
//	flags    1  1 compressed, 2 encrypted
//	size     4  of the value
//	key id   4  of the key that encrypted it, zeros without one
//	sum      4  CRC-32C of the cache key, the fields above and the body
//	body        the value; compressed, then encrypted: nonce, text, tag
package frame

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// MaxValue is the largest value that a frame holds. It is that of a whole reply.
const MaxValue = 32 << 20

const (
	version    = 1
	compressed = 1 << 0
	encrypted  = 1 << 1

	sumAt  = 28
	header = 32
	sealed = 28 // what encryption adds: nonce and tag
)

// Why a frame cannot be read.
var (
	ErrDamaged = errors.New("the entry is damaged")
	ErrForeign = errors.New("the entry has another form, or needs another key")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Codec makes frames and reads them. It is safe for concurrent use.
type Codec struct {
	keys []key // the first encrypts, all decrypt
	zip  zip
}

// New makes a Codec. Keys are those of AES: 16, 24 or 32 bytes. Without keys frames are not
// encrypted, and with keys only encrypted ones are read: else whoever can write the file
// could put answers into it.
func New(keys ...[]byte) (*Codec, error) {
	c := &Codec{}
	for i, secret := range keys {
		k, err := newKey(secret)
		if err != nil {
			return nil, fmt.Errorf("encryption key %d: %w", i+1, err)
		}
		c.keys = append(c.keys, k)
	}
	return c, nil
}

// Times are when a value was stored, and until when it may be used.
type Times struct{ Born, Expires time.Time }

// Left is for how long a value may still be used, by a clock that may have been set back
// since: never for longer than when it was stored.
func (t Times) Left(now time.Time) time.Duration {
	return min(t.Expires.Sub(now), t.Expires.Sub(t.Born))
}

// Expires returns what a frame begins with, in milliseconds since 1970. A frame too short
// for it has expired.
func Expires(frame []byte) int64 {
	if len(frame) < 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(frame))
}

// Encode makes the frame of a value. It belongs to name: under another one it is damaged.
func (c *Codec) Encode(name string, value []byte, times Times) ([]byte, error) {
	if len(value) > MaxValue {
		return nil, fmt.Errorf("the value has %d bytes, and at most %d are stored", len(value), MaxValue)
	}
	room := header + len(value)
	if len(c.keys) > 0 {
		room += sealed
	}
	frame := make([]byte, header, room)
	binary.BigEndian.PutUint64(frame, uint64(max(times.Expires.UnixMilli(), 0)))
	binary.BigEndian.PutUint64(frame[8:], uint64(max(times.Born.UnixMilli(), 0)))
	copy(frame[16:], "bc")
	frame[18] = version
	binary.BigEndian.PutUint32(frame[20:], uint32(len(value)))

	body := value
	if small, ok := c.zip.pack(value); ok {
		body = small
		frame[19] |= compressed
	}
	if len(c.keys) > 0 {
		k := c.keys[0]
		frame[19] |= encrypted
		copy(frame[24:], k.id[:])
		frame = k.seal(frame, body, bound(name, frame[:sumAt]))
	} else {
		frame = append(frame, body...)
	}
	binary.BigEndian.PutUint32(frame[sumAt:], sum(name, frame))
	return frame, nil
}

// Decode returns the value of a frame, in memory of its own, and its times. It trusts
// nothing: damage is [ErrDamaged], and another version or an unknown key [ErrForeign].
func (c *Codec) Decode(name string, frame []byte) ([]byte, Times, error) {
	if len(frame) < header {
		return nil, Times{}, ErrDamaged
	}
	if string(frame[16:18]) != "bc" || frame[18] != version || frame[19]&^(compressed|encrypted) != 0 {
		return nil, Times{}, ErrForeign
	}
	if binary.BigEndian.Uint32(frame[sumAt:]) != sum(name, frame) {
		return nil, Times{}, ErrDamaged
	}
	flags, size := frame[19], int(binary.BigEndian.Uint32(frame[20:]))
	if size > MaxValue || (flags&encrypted != 0) != (len(c.keys) > 0) {
		return nil, Times{}, ErrForeign
	}
	body, own := frame[header:], false
	if flags&encrypted != 0 {
		k, ok := c.keyOf(frame[24:sumAt])
		if !ok {
			return nil, Times{}, ErrForeign
		}
		var err error
		if body, err = k.open(body, bound(name, frame[:sumAt])); err != nil {
			return nil, Times{}, err
		}
		own = true
	}
	if flags&compressed != 0 {
		var err error
		if body, err = c.zip.unpack(body, size); err != nil {
			return nil, Times{}, err
		}
		own = true
	}
	if len(body) != size {
		return nil, Times{}, ErrDamaged
	}
	if !own {
		body = append(make([]byte, 0, size), body...)
	}
	return body, Times{
		Born:    time.UnixMilli(int64(binary.BigEndian.Uint64(frame[8:]))),
		Expires: time.UnixMilli(Expires(frame)),
	}, nil
}

func (c *Codec) keyOf(id []byte) (key, bool) {
	for _, k := range c.keys {
		if string(k.id[:]) == string(id) {
			return k, true
		}
	}
	return key{}, false
}

// sum is that of the whole frame but for the sum itself, and of the name.
func sum(name string, frame []byte) uint32 {
	s := crc32.Checksum([]byte(name), castagnoli)
	s = crc32.Update(s, castagnoli, frame[:sumAt])
	return crc32.Update(s, castagnoli, frame[header:])
}

// bound is what encryption binds a body to.
func bound(name string, head []byte) []byte {
	return append(append(make([]byte, 0, len(head)+len(name)), head...), name...)
}
