package buoybatch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/internal/durable"
)

// head is the first line of a journal, each of whose lines ends with a sum.
const head = `{"journal":"buoy batch","version":2}` + "\n"

// headWithoutSums is the first line of an earlier format. Lines that are added to such a
// journal have sums, which earlier programs ignore.
const headWithoutSums = `{"journal":"buoy batch","version":1}` + "\n"

// maxLine is the longest line that is read or written: four times the largest reply
// that a client accepts by default, because JSON may grow when it is written again.
const maxLine = 128 << 20

// A line ends with its sum as a last member, so that it stays JSON.
const (
	sumBegin = `,"crc32c":"`
	sumEnd   = `"}`
)

// entry is any other line: what became of one request.
type entry struct {
	Index    *int            `json:"index"` // in its run
	Key      string          `json:"key,omitempty"`
	Request  string          `json:"request"` // its digest
	Answer   json.RawMessage `json:"answer,omitempty"`
	Endpoint string          `json:"endpoint,omitempty"`
	Model    string          `json:"model,omitempty"`
	ID       string          `json:"request_id,omitempty"`
	Error    string          `json:"error,omitempty"` // a kind
	Message  string          `json:"message,omitempty"`
}

// digest is the SHA-256 of a request's canonical body.
type digest [sha256.Size]byte

// decodeLine reads and checks a line.
func decodeLine(line []byte, sums bool) (in entry, request digest, err error) {
	if err := checkSum(line, sums); err != nil {
		return in, request, err
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return in, request, err
	}
	switch {
	case in.Index == nil || *in.Index < 0:
		err = errors.New("it has no index")
	case len(in.Request) != hex.EncodedLen(len(request)):
		err = errors.New("it has no digest of a request")
	case (in.Answer == nil) == (in.Error == ""):
		err = errors.New("it has neither an answer nor an error")
	default:
		_, err = hex.Decode(request[:], []byte(in.Request))
	}
	return in, request, err
}

// identity is what a request is known by in a journal.
type identity struct {
	index   int    // in its run; it identifies nothing, and tells a reader which one it was
	key     string // what Options.Key says; "" for none
	request digest
}

// maxKey is the length of a key. What is longer is a text rather than a name.
const maxKey = 1024

// checkKey refuses keys that a line would not give back as they were.
func checkKey(key string) error {
	switch {
	case len(key) > maxKey:
		return fmt.Errorf("its key is longer than %d bytes: let Options.Key return a hash of it", maxKey)
	case !utf8.ValidString(key):
		return errors.New("its key is not valid UTF-8: let Options.Key return it in hexadecimal")
	}
	return nil
}

// answerLine is the line of an answer.
func answerLine(id identity, resp *buoy.Response) ([]byte, error) {
	raw, err := resp.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return entry{
		Index: &id.index, Key: id.key, Request: hex.EncodeToString(id.request[:]), Answer: raw,
		Endpoint: resp.Info.Endpoint, Model: resp.Info.Model, ID: resp.Info.RequestID,
	}.encode()
}

// errorLine is the line of a request that failed.
func errorLine(id identity, cause error) ([]byte, error) {
	return entry{
		Index: &id.index, Key: id.key, Request: hex.EncodeToString(id.request[:]),
		Error: string(buoy.KindOf(cause)), Message: bounded(textOf(cause), 500),
	}.encode()
}

// textOf is the text of an error, which may be one of the caller's.
func textOf(cause error) (text string) {
	var failed error
	guard(fmt.Sprintf("the text of a %T", cause), &failed, func() { text = cause.Error() })
	if failed != nil {
		return failed.Error()
	}
	return text
}

// encode writes the line with its sum and its line feed. The encoder removes line feeds
// from a provider's answer, and leaves "<" and "&" as they are.
func (e entry) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	b.Truncate(b.Len() - len("}\n"))
	sum := durable.Sum(b.Bytes())
	for _, s := range []string{sumBegin, sum, sumEnd, "\n"} {
		b.WriteString(s)
	}
	if b.Len() > maxLine {
		return nil, errLineTooLong
	}
	return b.Bytes(), nil
}

var errLineTooLong = fmt.Errorf("it is longer than %d MiB", maxLine>>20)

// checkSum compares a line with its sum. If must is set, a line without a sum is an
// error.
func checkSum(line []byte, must bool) error {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	at := max(len(line)-len(sumBegin)-durable.SumLength-len(sumEnd), 0)
	sum, begins := bytes.CutPrefix(line[at:], []byte(sumBegin))
	sum, ends := bytes.CutSuffix(sum, []byte(sumEnd))
	switch is := durable.Sum(line[:at]); {
	case (!begins || !ends) && must:
		return errors.New("it has no sum")
	case begins && ends && string(sum) != is:
		return fmt.Errorf("its sum is %q, its content's %q", sum, is)
	}
	return nil
}

// bounded cuts a text that is too long for a journal.
func bounded(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

// digestOf is the SHA-256 of the body that a request is sent as, with its names
// sorted, so that it does not depend on the order in which this version writes
// them.
func digestOf(r *buoy.Request) (digest, error) {
	body, err := r.AppendBody(nil, r.Model, false)
	if err != nil {
		return digest{}, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return digest{}, err
	}
	canonical, err := json.Marshal(v)
	if err != nil {
		return digest{}, err
	}
	return sha256.Sum256(canonical), nil
}
