package buoytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Replay returns a transport that answers from a file that [Record] wrote. It needs no
// network and no key. A reply and the pieces of a stream come after the pauses that were
// recorded: inside a testing/synctest bubble they take no time.
//
// A request is answered by the first exchange with the same method, path and body that
// was not played yet. Bodies of JSON are the same when they mean the same: white space
// and the order of members do not matter. Headers, the host and the query's values are
// not compared. A request that is not in the file fails the test, with what was
// recorded instead and the places in which it differs, and the transport returns an
// error. So does a request that comes more often than it was recorded. A client that asks
// again after an error does so here: its waits are over at once in a bubble.
//
// The transport may be used by several goroutines. Replay ends the test where the file
// cannot be read.
func Replay(t testing.TB, path string) http.RoundTripper {
	t.Helper()
	list, err := readRecording(path)
	if err != nil {
		t.Fatalf("%v; make it with buoytest.Record", err)
	}
	return &player{t: t, path: path, list: list, played: make([]bool, len(list)), told: map[string]bool{}}
}

var errNotRecorded = errors.New("buoytest: the request was not recorded")

type player struct {
	t    testing.TB
	path string
	list []*recorded

	mu     sync.Mutex // guards what is below
	played []bool
	told   map[string]bool // what the test was told
}

// RoundTrip implements [http.RoundTripper].
func (p *player) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	x := p.find(req, body)
	if x == nil {
		p.tell(p.explain(req, body))
		return nil, errNotRecorded
	}
	ctx := req.Context()
	if err := wait(ctx, nil, x.wait); err != nil {
		return nil, err
	}
	if x.status == 0 {
		return nil, replayedFailure(x.failure)
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", x.status, http.StatusText(x.status)), StatusCode: x.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: x.replyHeader(), ContentLength: -1,
		Request: req, Body: &replayedBody{ctx: ctx, pieces: x.pieces, failure: x.failure, closed: make(chan struct{})},
	}, nil
}

// replyHeader is that of the reply, with the length that its body has in the file: a
// secret may have been taken out of it, and a person may have changed it.
func (x *recorded) replyHeader() http.Header {
	h, n := x.reply.Clone(), 0
	for _, p := range x.pieces {
		n += len(p.data)
	}
	if n > 0 && x.failure == "" && h.Get("Content-Length") != "" { // a reply to HEAD has a length and no body
		h.Set("Content-Length", strconv.Itoa(n))
	}
	return h
}

// find takes the first exchange of the request that was not played.
func (p *player) find(req *http.Request, body []byte) *recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	var s secrets // which the file does not have, wherever the request repeats them
	s.ofRequest(req)
	masked := s.mask(body)
	for i, x := range p.list {
		if !p.played[i] && x.is(req, s) && (sameBody(x.body, body) || sameBody(x.body, masked)) {
			p.played[i] = true
			return x
		}
	}
	return nil
}

func (x *recorded) is(req *http.Request, s secrets) bool {
	to := target(req)
	return x.method == req.Method && (x.target == to || x.target == s.maskText(to))
}

// sameBody compares JSON by its meaning, all else by its bytes.
func sameBody(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok := decodeAny(a)
	y, ok2 := decodeAny(b)
	return ok && ok2 && len(differences(x, y, 1)) == 0
}

// decodeAny reads JSON with its numbers as they are written.
func decodeAny(body []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err := d.Token()
	return v, err == io.EOF
}

// tell fails the test, once for each text: most clients ask again after an error.
func (p *player) tell(text string) {
	p.mu.Lock()
	known := p.told[text]
	p.told[text] = true
	p.mu.Unlock()
	if !known {
		p.t.Errorf("buoytest: %s: %s", p.path, text)
	}
}

// explain says what a request that is not in the file is nearest to.
func (p *player) explain(req *http.Request, body []byte) string {
	asked := fmt.Sprintf("%s %s was not recorded", req.Method, target(req))
	p.mu.Lock()
	defer p.mu.Unlock()
	const most = 1000 // differences that are counted; ten are told
	nearest, fewest := -1, []string(nil)
	now, isJSON := decodeAny(body)
	var s secrets
	s.ofRequest(req)
	masked := s.mask(body)
	for i, x := range p.list {
		if !x.is(req, s) {
			continue
		}
		if sameBody(x.body, body) || sameBody(x.body, masked) {
			return fmt.Sprintf("%s %s came more often than it was recorded", req.Method, target(req))
		}
		var diff []string
		if then, ok := decodeAny(x.body); ok && isJSON {
			diff = differences(then, now, most)
		} else {
			diff = []string{"the bodies are not both JSON: the text " + textDifference(string(x.body), string(body))}
		}
		if nearest < 0 || len(diff) < len(fewest) {
			nearest, fewest = i, diff
		}
	}
	if nearest < 0 {
		return asked + ": nothing with this method and path is in the file, which has " + p.known()
	}
	more := ""
	if len(fewest) > 10 {
		more = fmt.Sprintf("\n  and %d more", len(fewest)-10)
		fewest = fewest[:10]
	}
	return fmt.Sprintf("%s: it differs from request %d of the file:\n  %s%s", asked, nearest+1, strings.Join(fewest, "\n  "), more)
}

// known lists the methods and paths of the file.
func (p *player) known() string {
	var all []string
	for _, x := range p.list {
		if what := x.method + " " + x.target; !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	if len(all) == 0 {
		return "no request"
	}
	if len(all) > 5 {
		all = append(all[:5], "others")
	}
	return strings.Join(all, ", ")
}

// wait lets a recorded pause go by.
func wait(ctx context.Context, closed <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-closed:
		return http.ErrBodyReadAfterClose
	}
}

func replayedFailure(text string) error {
	if err := namedFailures[text]; err != nil {
		return err
	}
	return errors.New(text)
}

// replayedBody gives the pieces of a reply in their time.
type replayedBody struct {
	ctx     context.Context
	pieces  []piece
	begun   bool // the pause of the first piece is over
	read    int  // bytes of it that were read
	failure string

	closing sync.Once // Close may come while somebody reads
	closed  chan struct{}
}

func (b *replayedBody) Read(p []byte) (int, error) {
	select {
	case <-b.closed:
		return 0, http.ErrBodyReadAfterClose
	default:
	}
	for len(b.pieces) > 0 {
		first := b.pieces[0]
		if !b.begun {
			if err := wait(b.ctx, b.closed, first.pause); err != nil {
				return 0, err
			}
			b.begun = true
		}
		n := copy(p, first.data[b.read:])
		if b.read += n; b.read == len(first.data) {
			b.pieces, b.read, b.begun = b.pieces[1:], 0, false
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	switch b.failure {
	case "":
		return 0, io.EOF
	case leftEarly:
		return 0, io.ErrUnexpectedEOF // nobody knows what would have come
	}
	return 0, replayedFailure(b.failure)
}

func (b *replayedBody) Close() error {
	b.closing.Do(func() { close(b.closed) })
	return nil
}
