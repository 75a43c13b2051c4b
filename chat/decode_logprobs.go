package chat

import (
	"bytes"

	"github.com/buoy-go/buoy/internal/jscan"
)

// tokenSize is less than the length of any token's JSON. The elements of a reply are
// counted, but log probabilities may have hundreds of thousands of them. So they have a
// limit of their own, by the length of the text. Many empty objects exceed it.
const tokenSize = 24

// logprobs reads an object or a null. When there is something that the types do not
// hold dst is set but the answer is false, so that the caller keeps the raw value too.
func (d *decoder) logprobs(dst **Logprobs) bool {
	*dst = nil
	if d.Null() {
		return true
	}
	mark := d.Mark()
	if d.Kind() != jscan.Object {
		return false
	}
	raw := d.Raw()
	room := len(raw)/tokenSize + 64
	if bytes.Count(raw, []byte("{")) > room+1 {
		d.Fail(ErrTooMany)
		return true
	}
	d.Rewind(mark)
	r := logprobReader{d: d, room: room, exact: true}
	l := new(Logprobs)
	r.object(func(key string) bool {
		switch key {
		case "content":
			return r.tokens(&l.Content)
		case "refusal":
			return r.tokens(&l.Refusal)
		}
		return false
	})
	if !r.wrong {
		*dst = l
	}
	if !r.exact || r.wrong {
		d.Rewind(mark)
		return false
	}
	return true
}

// logprobReader reads log probabilities. wrong: something is of another type than is
// documented; else, if not exact, there are fields that nobody knows.
type logprobReader struct {
	d            *decoder
	room         int
	exact, wrong bool
}

func (r *logprobReader) object(field func(key string) bool) {
	if !r.d.Object() {
		r.wrong = true
		r.d.Skip()
		return
	}
	for {
		key, ok := r.d.Key()
		if !ok {
			return
		}
		if !field(string(key)) {
			r.exact = false
			r.d.Skip()
		}
	}
}

// spend counts a token, or a likely one at its place.
func (r *logprobReader) spend() bool {
	if r.room--; r.room < 0 {
		r.d.Fail(ErrTooMany)
		return false
	}
	if r.room%64 == 0 {
		r.d.room++
		return r.d.spend() // for the context's sake
	}
	return true
}

func (r *logprobReader) tokens(dst *[]TokenLogprob) bool {
	return r.list(func() { *dst = []TokenLogprob{} }, func() {
		var t TokenLogprob
		r.object(func(key string) bool {
			if key == "top_logprobs" {
				return r.likely(&t.TopLogprobs)
			}
			return r.token(key, &t.Token, &t.Logprob, &t.Bytes)
		})
		*dst = append(*dst, t)
	})
}

func (r *logprobReader) likely(dst *[]TopLogprob) bool {
	return r.list(func() { *dst = []TopLogprob{} }, func() {
		var t TopLogprob
		r.object(func(key string) bool { return r.token(key, &t.Token, &t.Logprob, &t.Bytes) })
		*dst = append(*dst, t)
	})
}

// list reads an array or a null.
func (r *logprobReader) list(begin, element func()) bool {
	if r.d.Null() {
		return true
	}
	if !r.d.Array() {
		r.wrong = true
		return false
	}
	begin()
	for r.d.More() {
		if !r.spend() {
			return true
		}
		if r.wrong {
			r.d.Skip() // not needed any more
			continue
		}
		element()
	}
	return true
}

func (r *logprobReader) token(key string, token *string, logprob *float64, utf8 *[]int) bool {
	switch key {
	case "token":
		if !r.d.str(token) {
			r.wrong = true
			r.d.Skip()
		}
	case "logprob":
		*logprob = 0
		if !r.d.real(logprob) && !r.d.Null() {
			r.wrong = true
			r.d.Skip()
		}
	case "bytes":
		r.bytes(utf8)
	default:
		return false
	}
	return true
}

func (r *logprobReader) bytes(dst *[]int) {
	if r.d.Null() {
		return
	}
	if !r.d.Array() {
		r.wrong = true
		r.d.Skip()
		return
	}
	*dst = []int{}
	for r.d.More() {
		var n int
		if !r.d.int(&n) {
			r.wrong = true
			r.d.Skip()
			continue
		}
		*dst = append(*dst, n)
	}
}
