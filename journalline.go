package buoy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
)

// journalHead is the first line.
const journalHead = `{"journal":"buoy batch","version":1}` + "\n"

// journalLine is any other line.
type journalLine struct {
	Index    *int            `json:"index"`
	Request  string          `json:"request"`
	Answer   json.RawMessage `json:"answer"`
	Endpoint string          `json:"endpoint"`
	Model    string          `json:"model"`
	ID       string          `json:"request_id"`
	Error    string          `json:"error"` // a kind
}

// digest is the SHA-256 of a request's canonical body.
type digest [sha256.Size]byte

// decodeLine reads and checks a line.
func decodeLine(line []byte) (in journalLine, request digest, err error) {
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
func answerLine(index int, request digest, resp *Response) ([]byte, error) {
	raw, err := resp.MarshalJSON()
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(append(lineStart(index, request), `,"answer":`...))
	if err := json.Compact(b, raw); err != nil { // raw may have line feeds of the provider's
		return nil, err
	}
	line := b.Bytes()
	for _, f := range [...]struct{ name, value string }{{"endpoint", resp.Info.Endpoint}, {"model", resp.Info.Model}, {"request_id", resp.Info.RequestID}} {
		if f.value != "" {
			line = append(line, `,"`+f.name+`":`...)
			line = appendString(line, f.value)
		}
	}
	return append(line, "}\n"...), nil
}

// errorLine is the line of a request that failed.
func errorLine(index int, request digest, cause error) []byte {
	line := lineStart(index, request)
	line = append(line, `,"error":`...)
	line = appendString(line, string(KindOf(cause)))
	line = append(line, `,"message":`...)
	line = appendString(line, oneLine(cause.Error(), 500))
	return append(line, "}\n"...)
}

func lineStart(index int, request digest) []byte {
	line := append(make([]byte, 0, 512), `{"index":`...)
	line = strconv.AppendInt(line, int64(index), 10)
	line = append(line, `,"request":"`...)
	line = hex.AppendEncode(line, request[:])
	return append(line, '"')
}

// digestOf is the SHA-256 of a request's body with its names sorted, so that it
// does not depend on the order in which this version writes them.
func digestOf(r *Request) (digest, error) {
	body, err := appendRequest(nil, r, r.Model, false)
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
