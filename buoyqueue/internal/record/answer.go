package record

import (
	"encoding/json"
	"errors"

	"github.com/buoy-go/buoy"
)

// answer is what the table of the answers has.
type answer struct {
	Version   int             `json:"v"`
	Answer    json.RawMessage `json:"answer"`
	Endpoint  string          `json:"endpoint,omitempty"`
	Model     string          `json:"model,omitempty"`
	RequestID string          `json:"request_id,omitempty"`
	Degraded  bool            `json:"degraded,omitempty"`
}

// EncodeAnswer writes an answer.
func EncodeAnswer(resp *buoy.Response) ([]byte, error) {
	raw, err := resp.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer{
		Version: Version, Answer: raw,
		Endpoint: resp.Info.Endpoint, Model: resp.Info.Model, RequestID: resp.Info.RequestID, Degraded: resp.Info.Degraded,
	})
}

// DecodeAnswer reads what EncodeAnswer wrote. An error quotes nothing of it.
func DecodeAnswer(b []byte) (*buoy.Response, error) {
	var a answer
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, errDamaged
	}
	if a.Version > Version {
		return nil, errors.New("a later version of buoyqueue wrote it: read it with that version")
	}
	resp := new(buoy.Response)
	if a.Version < 1 || resp.UnmarshalJSON(a.Answer) != nil {
		return nil, errDamaged
	}
	resp.Info = buoy.CallInfo{Endpoint: a.Endpoint, Model: a.Model, RequestID: a.RequestID, Degraded: a.Degraded}
	return resp, nil
}

var errDamaged = errors.New("it is damaged")
