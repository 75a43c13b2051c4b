package buoybatch

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"

	"github.com/buoy-go/buoy"
)

// head is the first line of a journal.
const head = `{"journal":"buoy batch","version":1}` + "\n"

// entry is any other line: what became of one request.
type entry struct {
	Index    *int            `json:"index"`
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
func decodeLine(line []byte) (in entry, request digest, err error) {
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

// answerLine is the line of an answer.
func answerLine(index int, request digest, resp *buoy.Response) ([]byte, error) {
	raw, err := resp.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return entry{
		Index: &index, Request: hex.EncodeToString(request[:]), Answer: raw,
		Endpoint: resp.Info.Endpoint, Model: resp.Info.Model, ID: resp.Info.RequestID,
	}.encode()
}

// errorLine is the line of a request that failed.
func errorLine(index int, request digest, cause error) ([]byte, error) {
	return entry{
		Index: &index, Request: hex.EncodeToString(request[:]),
		Error: string(buoy.KindOf(cause)), Message: bounded(cause.Error(), 500),
	}.encode()
}

// encode writes the line with its line feed. The encoder takes out those that a
// provider's answer may have, and leaves its "<" and "&" as they are.
func (e entry) encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(e)
	return b.Bytes(), err
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
