package buoytest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Received is one request as the server received it.
type Received struct {
	Ordinal int // 1 for the server's first request
	Method  string
	Path    string
	Query   url.Values
	Header  http.Header
	Body    []byte
	Key     string    // from "Authorization: Bearer KEY", else from "api-key"
	At      time.Time // of arrival

	// What the body asks for. Zero if it is not a chat request.
	Model        string
	Stream       bool
	IncludeUsage bool // stream_options.include_usage
	Choices      int  // n, at least 1

	// Outcome says how the request was answered: the name of the function that made the
	// [Step] ("Cut"), or of the field of [Faults]. It is "default" after the end of the
	// script, and "refused" for anything that is not a chat request.
	Outcome string
}

// receive reads a request's description from r and its body.
func receive(r *http.Request, body []byte) (Received, error) {
	got := Received{
		Method: r.Method,
		Path:   r.URL.Path,
		Query:  r.URL.Query(),
		Header: r.Header.Clone(),
		Body:   body,
		Key:    r.Header.Get("Api-Key"),
		At:     time.Now(),
	}
	if key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		got.Key = key
	}
	var chat struct {
		Model         string `json:"model"`
		Stream        bool   `json:"stream"`
		N             int    `json:"n"`
		StreamOptions struct {
			IncludeUsage bool `json:"include_usage"`
		} `json:"stream_options"`
	}
	err := json.Unmarshal(body, &chat)
	got.Model, got.Stream, got.IncludeUsage = chat.Model, chat.Stream, chat.StreamOptions.IncludeUsage
	got.Choices = max(chat.N, 1)
	return got, err
}

// maxChoices is the most choices that OpenAI's API takes. Here it bounds the memory of
// an answer, too.
const maxChoices = 128

// refusal says why got is not a chat request, as a status and a sentence; 0 if it is one.
func (got *Received) refusal(parse error) (int, string) {
	switch {
	case !strings.HasSuffix(got.Path, "/chat/completions"):
		return http.StatusNotFound, "Invalid URL (" + got.Method + " " + got.Path + ")"
	case got.Method != http.MethodPost:
		return http.StatusMethodNotAllowed, "Not allowed to " + got.Method + " on " + got.Path
	case parse != nil:
		return http.StatusBadRequest, "We could not parse the JSON body of your request."
	case got.Choices > maxChoices:
		return http.StatusBadRequest, "Invalid 'n': integer above maximum value. Expected a value <= 128."
	}
	return 0, ""
}
