package buoy_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/buoy-go/buoy"
	"github.com/stretchr/testify/require"
)

// sample is one labelled reply of the corpus that the design was made from. It
// is not part of this repository; a clone without it skips.
type sample struct {
	ID              string
	Status          int
	ContentType     string `json:"content_type"`
	Headers         map[string]string
	Body            string
	Stream          bool
	Want            []buoy.Kind
	Retryable       *bool
	RetryAfterMS    *int64  `json:"retry_after_ms"`
	NoError         bool    `json:"no_error"`
	MessageContains *string `json:"message_contains"`
	Code            *string
}

// Every sample gets its kind, wait, code and sentence, through a whole client.
func TestCorpus(t *testing.T) {
	f, err := os.Open("../shared/corpus/errors.jsonl")
	if err != nil {
		t.Skip("no corpus beside this clone")
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var s sample
		require.NoError(t, json.Unmarshal(lines.Bytes(), &s))
		t.Run(s.ID, func(t *testing.T) { checkSample(t, s) })
	}
	require.NoError(t, lines.Err())
}

func checkSample(t *testing.T, s sample) {
	c := clientOf(t, false, func(*http.Request) (*http.Response, error) {
		r := reply(s.Status, s.ContentType, io.NopCloser(strings.NewReader(s.Body)))
		for k, v := range s.Headers {
			r.Header.Set(k, v)
		}
		return r, nil
	})
	var err error
	if s.Stream {
		var stream *buoy.Stream
		if stream, err = c.Stream(t.Context(), hello); err == nil {
			_, err = read(stream)
		}
	} else {
		_, err = c.Chat(t.Context(), hello)
	}
	if s.NoError {
		require.NoError(t, err)
		return
	}
	kind := buoy.KindOf(err)
	require.Contains(t, s.Want, kind, "%v", err)
	require.NotErrorIs(t, err, context.Canceled)
	if s.Retryable != nil {
		require.Equal(t, *s.Retryable, buoy.IsRetryable(err), "%v", err)
	}
	if s.RetryAfterMS != nil {
		wait, _ := buoy.RetryAfter(err)
		want := time.Duration(*s.RetryAfterMS) * time.Millisecond
		require.GreaterOrEqual(t, wait, want)
		require.LessOrEqual(t, wait, want+time.Second)
	}
	api, ok := errors.AsType[*buoy.APIError](err)
	require.True(t, ok || slices.Contains([]buoy.Kind{buoy.ErrMalformed, buoy.ErrNoContent, buoy.ErrStreamInterrupted}, kind), "%v", err)
	if ok {
		require.Equal(t, s.Status, api.StatusCode)
		if s.MessageContains != nil {
			require.Contains(t, api.Message, *s.MessageContains)
		}
		if s.Code != nil {
			require.Equal(t, *s.Code, api.Code)
		}
	}
	text := fmt.Sprintf("%v %+v %#v", err, err, err)
	for _, secret := range []string{testKey, "Bearer", hello.Messages[0].Content} {
		require.False(t, bytes.Contains([]byte(text), []byte(secret)), "%s shows in %s", secret, text)
	}
}
