package echo

import (
	"encoding/binary"
	"math/bits"
)

// Most errors quote nothing. A table of all runs of the text costs more than all the
// rest of decoding a short error, so it is made where a first look finds a reason: of
// all eight bytes in a row that begin at each fifth byte of the text, twelve bytes that
// it has in common with a request, or with a secret, have at least one.
const (
	gramLength = 8
	stride     = secretEnd - gramLength + 1
)

// sift fills the table of grams, of which three quarters stay empty.
func (f *Finder) sift() {
	if len(f.grams) > 0 || len(f.text) < runLength {
		return
	}
	bitsWide := bits.Len(uint(4 * (len(f.text)/stride + 1)))
	f.grams, f.gramShift = resized(f.grams, 1<<bitsWide), uint8(64-bitsWide)
	for at := 0; at+gramLength <= len(f.text); at += stride {
		if slot := f.gramSlot(gramAt(f.text[at:])); f.grams[slot] == 0 {
			f.grams[slot] = int32(at) + 1
		}
	}
}

func gramAt(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// gramSlot is where a gram stands in the table, or where it would. The multiplier is
// random, so that nobody can make a text of grams that meet.
func (f *Finder) gramSlot(gram uint64) uint64 {
	slot := gram * hashSeed >> (f.gramShift & 63)
	for {
		at := f.grams[slot]
		if at == 0 || gramAt(f.text[at-1:]) == gram {
			return slot
		}
		if slot++; slot == uint64(len(f.grams)) {
			slot = 0
		}
	}
}

// compare marks the runs of the text that b has, too. It returns the place of the one
// that b ends with, 0 for none. begins says that b begins a text of the request.
func (f *Finder) compare(b []byte, begins bool, shift int) (latest int32) {
	at := 0 // the first run that was not looked up yet
	for i := 0; i+gramLength <= len(b) && at+runLength <= len(b); i++ {
		if f.grams[f.gramSlot(gramAt(b[i:]))] == 0 {
			continue
		}
		f.index()
		// The runs that have this gram, and as long as they are the text's, too, those behind them.
		latest = 0
		for at = max(at, i-stride+1); at+runLength <= len(b) && (at <= i || latest != 0); at++ {
			if latest = f.table[f.slot(b[at:])]; latest == 0 {
				continue
			}
			known := inside
			if begins && at == 0 {
				known |= atStart
			}
			f.known[latest-1] |= known << shift
			f.found |= known << shift
		}
		i = max(i, at-1)
	}
	if at+runLength <= len(b) { // others follow
		return 0
	}
	return latest
}
