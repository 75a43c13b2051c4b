package buoybatch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// bytesFile is a journal's file in memory.
type bytesFile struct{ data []byte }

func (f *bytesFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func (f *bytesFile) WriteAt(p []byte, off int64) (int, error) {
	if grow := int(off) + len(p) - len(f.data); grow > 0 {
		f.data = append(f.data, make([]byte, grow)...)
	}
	return copy(f.data[off:], p), nil
}

func (f *bytesFile) Truncate(size int64) error {
	if size > int64(len(f.data)) {
		return io.ErrUnexpectedEOF
	}
	f.data = f.data[:size]
	return nil
}

func (f *bytesFile) Sync() error  { return nil }
func (f *bytesFile) Close() error { return nil }

// withoutSum is a line as earlier versions wrote it.
func withoutSum(line []byte) string {
	return string(line[:bytes.LastIndex(line, []byte(sumBegin))]) + "}\n"
}

// Whatever a file holds, it is refused, or it goes on as a journal: what was in it
// stays, and what is added is found again.
func FuzzJournal(f *testing.F) {
	resp := &buoy.Response{ID: "a", Choices: []buoy.Choice{{Message: buoy.Assistant("x"), FinishReason: "stop"}}}
	one, err := answerLine(identity{request: digest{1}}, resp)
	require.NoError(f, err)
	failed, err := errorLine(identity{index: 1, request: digest{2}}, buoy.ErrServer)
	require.NoError(f, err)
	whole := head + string(one) + string(failed)
	for _, s := range []string{
		"", head, head[:10], whole, whole[:len(whole)-1], whole[:len(whole)-9], whole + "\x00\x00", whole + "\n", head + "\n" + string(one),
		head + string(one) + string(one), headWithoutSums + string(one) + string(failed), headWithoutSums + withoutSum(one), head + withoutSum(one) + string(one), head + `{"index":0,"request":"` + string(bytes.Repeat([]byte("00"), 32)) + `","answer":null}` + "\n",
	} {
		f.Add([]byte(s))
	}
	keyed, err := answerLine(identity{key: "k", request: digest{1}}, resp)
	require.NoError(f, err)
	f.Add([]byte(head + string(keyed) + string(one) + string(keyed)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file := &bytesFile{data: bytes.Clone(data)}
		j, err := NewJournal(file)
		if err != nil {
			return
		}
		before := j.Answered()
		sum := sha256.Sum256(data) // no file has its own sum
		id := identity{index: 1 << 30, key: hex.EncodeToString(sum[:]), request: sum}
		require.NoError(t, j.failed(id, buoy.ErrServer))
		require.NoError(t, j.answered(id, resp))
		got, err := j.find(identity{request: id.request})
		require.NoError(t, err)
		require.Nil(t, got, "this run has it already")
		for range 2 { // as it is, and as the next run reads it
			require.NoError(t, j.take())
			require.Equal(t, before+1, j.Answered())
			got, err := j.find(id)
			require.NoError(t, err)
			require.Equal(t, "x", got.Text())
			for request, q := range j.answers.plain {
				for range len(q.places) + 1 {
					_, _ = j.find(identity{request: request})
				}
				_, _ = j.find(identity{request: request, key: "another"})
			}
			for n := range j.answers.named {
				_, _ = j.find(identity{request: n.request, key: n.key})
			}
			j, err = NewJournal(&bytesFile{data: bytes.Clone(file.data)})
			require.NoError(t, err)
		}
	})
}
