package buoytest

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// recordingHead is the first line of a file of recorded exchanges. A later format has
// another number.
const recordingHead = "# buoytest recording, format 1"

// maxRecorded is how many bytes a recording may have: what is larger does not belong
// into a repository, and is no recording of a test.
const maxRecorded = 64 << 20

// recorded is one exchange: what was asked, and what came back, piece by piece.
type recorded struct {
	method, target, host string
	header               http.Header // of the request
	body                 []byte

	status  int           // 0: no reply came
	wait    time.Duration // until the reply's header
	reply   http.Header
	pieces  []piece
	failure string // what the body, or where there is no reply the request, ended with
}

// mask takes secrets out of everything that is written.
func (x *recorded) mask(s secrets) {
	x.target, x.host, x.failure = s.maskText(x.target), s.maskText(x.host), s.maskText(x.failure)
	x.body = s.mask(x.body)
	for _, h := range [...]http.Header{x.header, x.reply} {
		for _, values := range h {
			for i, v := range values {
				values[i] = s.maskText(v)
			}
		}
	}
	s.maskPieces(x.pieces)
}

// piece is a part of a reply's body, and how long after the part before it came.
type piece struct {
	pause time.Duration
	data  []byte
}

// The endings of a body beside its ordinary end.
const leftEarly = "the client stopped reading"

// encode writes exchanges as text: a line a fact, and a body line by line.
func encodeRecording(list []*recorded) []byte {
	var b bytes.Buffer
	b.WriteString(recordingHead + "\n")
	for _, x := range list {
		fmt.Fprintf(&b, "\nrequest %s %s\nhost %s\n", x.method, x.target, x.host)
		writeHeader(&b, x.header)
		writeBody(&b, readable(x.body))
		if x.status == 0 {
			fmt.Fprintf(&b, "failure %s after %v\n", strconv.Quote(x.failure), x.wait)
			continue
		}
		fmt.Fprintf(&b, "reply %d after %v\n", x.status, x.wait)
		writeHeader(&b, x.reply)
		for _, p := range x.pieces {
			if p.pause > 0 {
				fmt.Fprintf(&b, "pause %v\n", p.pause)
			}
			writeBody(&b, p.data)
		}
		if x.failure != "" {
			fmt.Fprintf(&b, "broken %s\n", strconv.Quote(x.failure))
		}
	}
	return b.Bytes()
}

// readable is a body of JSON with a line for each member, which makes differences
// between two recordings easy to see. Requests are compared by what their JSON means.
func readable(body []byte) []byte {
	var out bytes.Buffer
	if len(body) == 0 || json.Indent(&out, bytes.Trim(body, " \t\r\n"), "", "  ") != nil {
		return body
	}
	return append(out.Bytes(), '\n')
}

func writeHeader(b *bytes.Buffer, h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range h[name] {
			fmt.Fprintf(b, "header %s: %s\n", name, strconv.Quote(v))
		}
	}
}

// writeBody writes each line of a body behind a bar, and a line that is cut, as the last
// one mostly is, behind an angle. What a text file cannot have is quoted.
func writeBody(b *bytes.Buffer, body []byte) {
	for line := range bytes.Lines(body) {
		text, whole := bytes.CutSuffix(line, []byte("\n"))
		switch {
		case whole && plain(text):
			fmt.Fprintf(b, "|%s\n", text)
		case !whole && plain(text):
			fmt.Fprintf(b, ">%s\n", text)
		case utf8.Valid(line):
			fmt.Fprintf(b, "quoted %s\n", strconv.Quote(string(line)))
		default:
			fmt.Fprintf(b, "base64 %s\n", base64.StdEncoding.EncodeToString(line))
		}
	}
}

// plain reports text that an editor shows and keeps as it is.
func plain(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for _, r := range string(text) {
		if r != '\t' && !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

func readRecording(path string) ([]*recorded, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	list, err := decodeRecording(data)
	if err != nil {
		return nil, fmt.Errorf("buoytest: %s: %w", path, err)
	}
	return list, nil
}

// decodeRecording reads what encodeRecording wrote, and what a person changed in it.
func decodeRecording(data []byte) (list []*recorded, err error) {
	if len(data) > maxRecorded {
		return nil, fmt.Errorf("the recording has more than %d MiB", maxRecorded>>20)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxRecorded+1)
	var d recordingDecoder
	for n := 1; lines.Scan(); n++ {
		if err := d.line(n, lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := cmp.Or(lines.Err(), d.answered()); err != nil {
		return nil, err
	}
	d.silence()
	if !d.begun {
		return nil, errors.New("this is no recording: its first line should be " + strconv.Quote(recordingHead))
	}
	return d.list, nil
}

type recordingDecoder struct {
	list    []*recorded
	begun   bool // the first line was read
	replies bool // what follows belongs to the reply
	pause   time.Duration
}

func (d *recordingDecoder) line(n int, line string) (err error) {
	if n == 1 {
		if d.begun = line == recordingHead; !d.begun {
			return errors.New("this is no recording, or one of a later format: the first line should be " + strconv.Quote(recordingHead))
		}
		return nil
	}
	if line == "" || line[0] == '#' {
		return nil
	}
	word, rest, _ := strings.Cut(line, " ")
	if line[0] == '|' || line[0] == '>' {
		word, rest = line[:1], line[1:]
	}
	if word == "request" {
		if err := d.answered(); err != nil {
			return err
		}
		d.silence()
		method, target, ok := strings.Cut(rest, " ")
		if !ok || !plain([]byte(rest)) {
			return errors.New("want a method and a path")
		}
		d.list = append(d.list, &recorded{method: method, target: target, header: http.Header{}, reply: http.Header{}})
		d.replies = false
		return nil
	}
	if len(d.list) == 0 {
		return fmt.Errorf("%q comes before the first request", word)
	}
	x := d.list[len(d.list)-1]
	switch word {
	case "host":
		if !plain([]byte(rest)) {
			return errors.New("want a host")
		}
		x.host = rest
	case "header":
		return d.header(x, rest)
	case "reply":
		if d.replies {
			return errors.New("the request has two replies")
		}
		d.replies = true
		status, after, _ := strings.Cut(rest, " after ")
		if x.status, err = strconv.Atoi(status); err != nil || x.status < 100 || x.status > 999 {
			return fmt.Errorf("%q is no status", status)
		}
		x.wait, err = duration(after)
	case "failure":
		i := strings.LastIndex(rest, " after ")
		if i < 0 {
			return errors.New("want a text and a time")
		}
		if x.failure, err = strconv.Unquote(rest[:i]); err == nil {
			x.wait, err = duration(rest[i+len(" after "):])
		}
	case "pause":
		d.silence()
		d.pause, err = duration(rest)
	case "broken":
		x.failure, err = strconv.Unquote(rest)
	case "|":
		d.body(x, []byte(rest+"\n"))
	case ">":
		d.body(x, []byte(rest))
	case "quoted":
		var text string
		text, err = strconv.Unquote(rest)
		d.body(x, []byte(text))
	case "base64":
		var raw []byte
		raw, err = base64.StdEncoding.DecodeString(rest)
		d.body(x, raw)
	default:
		return fmt.Errorf("%q is no word of the format", word)
	}
	return err
}

// answered refuses a request of which nobody knows what became of it.
func (d *recordingDecoder) answered() error {
	if n := len(d.list); n > 0 && d.list[n-1].status == 0 && d.list[n-1].failure == "" {
		return fmt.Errorf("request %d has neither a reply nor a failure", n)
	}
	return nil
}

func (d *recordingDecoder) header(x *recorded, rest string) error {
	name, quoted, _ := strings.Cut(rest, ": ")
	value, err := strconv.Unquote(quoted)
	if err != nil {
		return fmt.Errorf("header %s: want a quoted value", name)
	}
	if d.replies {
		x.reply.Add(name, value)
	} else {
		x.header.Add(name, value)
	}
	return nil
}

// body adds to the request's body, or to the piece of the reply's that is under way.
func (d *recordingDecoder) body(x *recorded, data []byte) {
	if !d.replies {
		x.body = append(x.body, data...)
		return
	}
	if n := len(x.pieces); n > 0 && d.pause == 0 {
		x.pieces[n-1].data = append(x.pieces[n-1].data, data...)
		return
	}
	x.pieces = append(x.pieces, piece{d.pause, data})
	d.pause = 0
}

// silence keeps a pause that nothing came after but the end.
func (d *recordingDecoder) silence() {
	if n := len(d.list); n > 0 && d.pause > 0 && d.replies {
		d.list[n-1].pieces = append(d.list[n-1].pieces, piece{pause: d.pause})
	}
	d.pause = 0
}

func duration(text string) (time.Duration, error) {
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 || v > 24*time.Hour {
		return 0, fmt.Errorf("%q is no time, such as 250ms", text)
	}
	return v, nil
}
