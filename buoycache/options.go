package buoycache

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/buoy-go/buoy/buoycache/internal/frame"
)

// DefaultDiskBytes is the room of a [Disk] level without [WithMaxBytes].
const DefaultDiskBytes = 256 << 20

// Option is an option of [Disk].
type Option func(*settings) error

type settings struct {
	maxBytes int64
	codec    *frame.Codec
	log      *slog.Logger
}

// WithMaxBytes is how many bytes of entries are kept, compressed ones as compressed.
// Beyond that those go that expire first. The file is larger, as it has free pages: up to
// three times of it after a time of many changes, until it is compacted. The default is
// [DefaultDiskBytes].
func WithMaxBytes(n int64) Option {
	return func(s *settings) error {
		if n <= 0 {
			return fmt.Errorf("WithMaxBytes(%d): the room must be positive; leave the option out for %d MiB", n, DefaultDiskBytes>>20)
		}
		s.maxBytes = n
		return nil
	}
}

// WithKeys encrypts what is written, with AES-GCM and the first key. All keys are tried
// for what is read, so a new key is put in front and the old one stays until its entries
// have expired. A key has 16, 24 or 32 random bytes; take 32. Entries that are not
// encrypted, or with none of the keys, are misses and count as damaged.
//
// Encrypted are the values. Not hidden are their number and sizes, when they were stored
// and expire, and their keys, which buoy makes as hashes of the requests.
func WithKeys(keys ...[]byte) Option {
	return func(s *settings) error {
		if len(keys) == 0 {
			return errors.New("WithKeys: no key; leave the option out to store without encryption")
		}
		codec, err := frame.New(keys...)
		s.codec = codec
		return err
	}
}

// WithLogger is where the level says, once each, what somebody should know: that it is not
// in use, that a file was set aside, that it cannot write. The default is slog.Default().
// Nil is silent. No line has a key or a value.
func WithLogger(log *slog.Logger) Option {
	return func(s *settings) error {
		if log == nil {
			log = slog.New(slog.DiscardHandler)
		}
		s.log = log
		return nil
	}
}
