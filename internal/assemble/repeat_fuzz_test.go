package assemble

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// piecesFrom reads a fuzzer's bytes as an answer of two choices in which a few
// letters follow each other.
func piecesFrom(data []byte) (out []piece) {
	names := [2][2]bool{}
	for len(data) >= 2 {
		choice, what, text := data[0]&1, data[0]>>1%8, strings.Repeat(string('a'+rune(data[1]%2)), 1+int(data[1]>>1%3))
		data = data[2:]
		at := string('0' + rune(choice))
		call := what & 1
		switch what {
		case 0, 1, 2:
			out = append(out, piece{at + "c", text})
		case 3:
			out = append(out, piece{at + "r", text})
		case 4:
			out = append(out, piece{at + "x", text})
		default: // a call begins with its name
			if !names[choice][call] {
				names[choice][call] = true
				out = append(out, piece{at + "n" + string('0'+rune(call)), text})
			} else {
				out = append(out, piece{at + "a" + string('0'+rune(call)), text})
			}
		}
	}
	return out
}

// finished adds the finish reasons of all choices that began.
func finished(pieces []piece) []piece {
	out := slices.Clone(pieces)
	for _, choice := range []string{"0", "1"} {
		if slices.ContainsFunc(pieces, func(p piece) bool { return p.what[:1] == choice }) {
			out = append(out, piece{choice + "f", "stop"})
		}
	}
	return out
}

// inOrder joins neighbouring pieces of each choice, so that only what was said
// and in which order is left.
func inOrder(pieces []piece, choice int) (out []piece) {
	for _, p := range pieces {
		if p.choice() != choice {
			continue
		}
		if n := len(out); n > 0 && out[n-1].what == p.what {
			out[n-1].text += p.text
		} else {
			out = append(out, p)
		}
	}
	return out
}

// begins reports that b begins as a does, by the naive way.
func begins(a, b []piece) bool {
	if len(a) > len(b) {
		return false
	}
	for i := range a {
		same := a[i].what == b[i].what && strings.HasPrefix(b[i].text, a[i].text)
		if !same || (i < len(a)-1 || a[i].what[1] == 'n') && a[i].text != b[i].text {
			return false
		}
	}
	return true
}

// FuzzRepeat holds the judge against a naive model: whatever two answers say, the
// reader ends up with the second, whole and once; it is told to begin again
// where a text differs, and never where all are the same in the same order.
func FuzzRepeat(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01"), []byte("\x00\x00\x00\x01\x00\x02"))
	f.Add([]byte("\x06\x00\x00\x01\x0a\x00\x0a\x01"), []byte("\x06\x00\x00\x01\x0a\x00\x0a\x03"))
	f.Add([]byte("\x00\x00\x01\x00\x0b\x00"), []byte("\x01\x00\x00\x00\x0b\x00\x0b\x02"))
	f.Fuzz(checkRepeat)
}

func checkRepeat(t *testing.T, one, two []byte) {
	had, news := piecesFrom(one), finished(piecesFrom(two))
	if len(had) == 0 || len(news) == 0 || len(one)+len(two) > 200 {
		return
	}
	restarts, odd := reread(t, had, news)
	if odd {
		require.LessOrEqual(t, restarts, 2)
	} else {
		require.LessOrEqual(t, restarts, 1)
	}
	same := true
	for choice := range 2 {
		same = same && begins(inOrder(had, choice), inOrder(news, choice))
	}
	if same && !odd {
		require.Zero(t, restarts)
	}
}

// What was said may be a prefix by construction, which chance hardly ever makes.
func FuzzRepeatOfTheSame(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x01\x01\x02"), uint8(2))
	f.Add([]byte("\x06\x00\x00\x01\x0a\x00\x0a\x01\x0b\x04\x0b\x04"), uint8(3))
	f.Fuzz(checkRepeatOfTheSame)
}

func checkRepeatOfTheSame(t *testing.T, data []byte, cut uint8) {
	all := piecesFrom(data)
	if len(all) < 2 || len(data) > 200 {
		return
	}
	restarts, _ := reread(t, all[:1+int(cut)%(len(all)-1)], finished(all))
	require.Zero(t, restarts)
}

// The same two properties with chance in place of a fuzzer, in every test run.
func TestRepeatOfAnything(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() []byte {
		b := make([]byte, 2*(1+rng.IntN(8)))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	for range 3000 {
		one := random()
		checkRepeat(t, one, random())
		checkRepeat(t, one, append(slices.Clone(one[:2*rng.IntN(len(one)/2)]), random()...))
		checkRepeatOfTheSame(t, one, byte(rng.Uint32()))
	}
}
