package buoybatch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"sync"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/durable"
)

// Journal keeps the answers of a batch in a file, so that a run that was interrupted
// can go on where it stopped. Get it from [OpenJournal] or [NewJournal], set it in
// [Options], and close it at the end.
//
// The file has JSON lines and only grows. The first line names the format. Each other
// line is a request that has ended: its index, its key ([Options.Key]), the SHA-256 of
// its body, the answer or the error, and a CRC-32C of the line. The file contains answers
// but no requests. Keep it as private as the answers.
//
// Each answer is on the disk (fsync) before the batch yields it. After a crash an
// incomplete last line is dropped, and its request is sent again. Damage anywhere else
// is an error. Requests that failed are sent again.
//
// Journals of earlier versions have no sums. They can be read, and new lines get a sum.
// In a new journal a line without a sum is an error.
//
// A Journal serves one batch at a time. Where the system has file locks (not on
// Windows), a second process cannot open it.
type Journal struct {
	file File
	sums bool // every line has one

	mu      sync.Mutex // guards the fields below
	answers answers
	end     int64 // of the last whole line
	busy    bool  // a batch uses it
	err     error // of a write that has left the file's end unknown, for good

	syncing chan struct{} // holds a token during an fsync; taken without mu
	synced  int64         // up to where the file is on the disk; the token's owner's
}

// File is where a journal is kept. An [*os.File] is one.
type File interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// JournalError says that a journal cannot serve a batch: its file is damaged, belongs
// to other requests, or cannot be written. Err is the cause, [ErrMismatch] for
// instance.
type JournalError struct {
	Line  int // of the file, from 1; 0 if the error is not about a line
	Index int // of the request; -1 if the error is not about a request
	Err   error
}

// Error returns the line or request, and what is wrong.
func (e *JournalError) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("batch journal, line %d: %v", e.Line, e.Err)
	case e.Index >= 0:
		return fmt.Sprintf("batch journal, request %d: %v", e.Index, e.Err)
	}
	return fmt.Sprintf("batch journal: %v", e.Err)
}

// Unwrap returns Err.
func (e *JournalError) Unwrap() error { return e.Err }

// ErrMismatch is the cause of a [JournalError] if a key ([Options.Key]) belongs to
// another request, in the journal or in this run.
var ErrMismatch = errors.New("another request has this key: " +
	"give each request a key of its own, and a new key when it changes, for example with a version of the prompt in it; " +
	"or leave Options.Key out, and a request that has changed is asked again")

// OpenJournal opens the journal in the file at path, or creates it. An error wraps a
// [*JournalError]: the file is damaged, is not a journal, or is open elsewhere.
func OpenJournal(path string) (*Journal, error) {
	f, err := durable.OpenLocked(path)
	if err != nil {
		return nil, fmt.Errorf("buoy: %w", &JournalError{Index: -1, Err: err})
	}
	j, err := NewJournal(f)
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w (%s)", err, path)
	}
	if path, err = durable.Resolve(path); err == nil {
		durable.SyncDir(filepath.Dir(path))
	}
	return j, nil
}

// NewJournal opens a journal in a file of any kind. The journal then owns the file and
// closes it. If NewJournal returns an error, which wraps a [*JournalError], the file
// still belongs to the caller.
func NewJournal(f File) (*Journal, error) {
	if f == nil {
		return nil, fmt.Errorf("buoy: %w", &JournalError{Index: -1, Err: errors.New("the file is nil: pass one that is open, or call OpenJournal with its path")})
	}
	j := &Journal{file: f, sums: true, answers: newAnswers(), syncing: make(chan struct{}, 1)}
	if err := j.load(); err != nil {
		return nil, fmt.Errorf("buoy: %w", err)
	}
	return j, nil
}

// load reads what an earlier run has left. It drops an incomplete last line.
func (j *Journal) load() error {
	r := bufio.NewReaderSize(io.NewSectionReader(j.file, 0, math.MaxInt64), 64<<10)
	for number := 1; ; number++ {
		line, readErr := readLine(r)
		if readErr != nil && readErr != io.EOF {
			return &JournalError{Line: number, Index: -1, Err: readErr}
		}
		_, peekErr := r.Peek(1)
		last := peekErr == io.EOF
		if number == 1 {
			if torn := string(line); strings.HasPrefix(strings.TrimSuffix(head, "\n"), torn) || strings.HasPrefix(strings.TrimSuffix(headWithoutSums, "\n"), torn) {
				return j.begin()
			}
			if j.sums = string(line) == head; !j.sums && string(line) != headWithoutSums {
				return &JournalError{Line: 1, Index: -1, Err: errors.New("this is not a journal of a batch, or of a later version")}
			}
		} else if len(line) > 0 {
			switch whole, err := j.note(line); {
			case err == nil && !whole: // only its line feed is missing
				return j.commit([]byte{'\n'}, j.end+int64(len(line)))
			case err != nil && last:
				return j.drop()
			case err != nil:
				return &JournalError{Line: number, Index: -1, Err: fmt.Errorf("the line is damaged (%w): repair it, or move the file away to start again", err)}
			}
		}
		j.end += int64(len(line))
		if last {
			return nil
		}
	}
}

// readLine reads up to a line feed, or the end. It holds no more of a line that is
// too long than its bound.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, errLineTooLong
		}
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

// begin writes the first line.
func (j *Journal) begin() error { return j.commit([]byte(head), 0) }

// commit writes bytes that end the file, at the time of loading.
func (j *Journal) commit(b []byte, at int64) error {
	_, err := j.file.WriteAt(b, at)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return &JournalError{Index: -1, Err: err}
	}
	j.end = at + int64(len(b))
	return nil
}

// drop removes what comes after the last whole line.
func (j *Journal) drop() error {
	if err := j.file.Truncate(j.end); err != nil {
		return &JournalError{Index: -1, Err: err}
	}
	return nil
}

// note takes a line into the index. It reports whether the line ends as it should.
func (j *Journal) note(line []byte) (whole bool, err error) {
	in, request, err := decodeLine(line, j.sums)
	if err != nil {
		return false, err
	}
	if in.Answer != nil {
		j.answers.add(in.Key, request, &place{at: j.end, length: len(line)})
	}
	return line[len(line)-1] == '\n', nil
}

// Answered returns the number of answers in the journal. It counts equal requests one
// by one, and requests that a later batch no longer has.
func (j *Journal) Answered() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.answers.count
}

// Close closes the file. Nothing is left to be written. It is safe to call it twice.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return nil
	}
	if j.err == nil {
		j.err = errJournalClosed
	} else if errors.Is(j.err, errJournalClosed) {
		return nil
	}
	return j.file.Close()
}

var errJournalClosed = errors.New("it is closed")

// take reserves the journal for a batch.
func (j *Journal) take() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.file == nil {
		return &JournalError{Index: -1, Err: errors.New("it has no file: get a journal from OpenJournal or NewJournal")}
	}
	if j.busy {
		return &JournalError{Index: -1, Err: errors.New("another batch uses it: each needs one of its own")}
	}
	if j.err != nil {
		return &JournalError{Index: -1, Err: j.err}
	}
	j.busy = true
	j.answers.begin()
	return nil
}

func (j *Journal) release() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy = false
}

// find returns an answer that this run has not used yet, or nil if there is none.
func (j *Journal) find(id identity) (*buoy.Response, error) {
	j.mu.Lock()
	a, err := j.answers.find(id)
	j.mu.Unlock()
	if err != nil {
		return nil, &JournalError{Index: id.index, Err: err}
	}
	if a == nil {
		return nil, nil
	}
	line := make([]byte, a.length)
	if _, err := j.file.ReadAt(line, a.at); err != nil && err != io.EOF {
		return nil, &JournalError{Index: id.index, Err: err}
	}
	resp := new(buoy.Response)
	in, _, err := decodeLine(line, j.sums)
	if err == nil {
		err = resp.UnmarshalJSON(in.Answer)
	}
	if err != nil {
		return nil, &JournalError{Index: id.index, Err: err}
	}
	resp.Info = buoy.CallInfo{Endpoint: in.Endpoint, Model: in.Model, RequestID: in.ID}
	return resp, nil
}

// answered writes an answer.
func (j *Journal) answered(id identity, resp *buoy.Response) error {
	line, err := answerLine(id, resp)
	if err != nil {
		return &JournalError{Index: id.index, Err: err}
	}
	return j.append(id, line, true)
}

// failed writes that a request has failed. A later run will send it again.
func (j *Journal) failed(id identity, cause error) error {
	line, err := errorLine(id, cause)
	if err != nil {
		return &JournalError{Index: id.index, Err: err}
	}
	return j.append(id, line, false)
}

// append writes a line and returns when it is on the disk.
func (j *Journal) append(id identity, line []byte, answer bool) error {
	var err error
	guard("the journal's file", &err, func() {
		var end int64
		if end, err = j.write(id, line, answer); err == nil {
			err = j.sync(end)
		}
	})
	if _, panicked := errors.AsType[*panicError](err); panicked {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.err = err
	}
	if err != nil {
		return &JournalError{Index: id.index, Err: err}
	}
	return nil
}

func (j *Journal) write(id identity, line []byte, answer bool) (end int64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return 0, j.err
	}
	if _, err := j.file.WriteAt(line, j.end); err != nil {
		// Half a line may stand there now; with the next one behind it, it would
		// be damage in the middle.
		if cut := j.file.Truncate(j.end); cut != nil {
			j.err = errors.Join(err, cut)
		}
		return 0, err
	}
	if answer {
		j.answers.add(id.key, id.request, &place{at: j.end, length: len(line), used: true})
	}
	j.end += int64(len(line))
	return j.end, nil
}

// sync returns when the file is on the disk up to end. One fsync serves all lines
// that were written before it.
func (j *Journal) sync(end int64) error {
	j.syncing <- struct{}{}
	defer func() { <-j.syncing }()
	if j.synced >= end {
		return nil
	}
	j.mu.Lock()
	written, err := j.end, j.err
	j.mu.Unlock()
	if err != nil {
		return err
	}
	if err := j.file.Sync(); err != nil {
		// The system may have dropped what it could not write: no later fsync
		// can vouch for it.
		j.mu.Lock()
		defer j.mu.Unlock()
		j.err = err
		return err
	}
	j.synced = written
	return nil
}
