package assemble

import (
	"slices"

	"github.com/buoy-go/buoy/chat"
)

// Repeat judges an answer that was asked for again: it lets pass what goes beyond
// what the reader has. One goroutine uses it.
type Repeat struct {
	echoes []*echo
	news   Assembler // the new answer so far
	usage  bool      // it has told its usage
	begun  bool      // the reader was told to begin again, and has all from there on
}

// NewRepeat makes the judge for a reader who has this of each choice.
func NewRepeat(had []Received) *Repeat {
	r := new(Repeat)
	for _, h := range had {
		r.echoes = append(r.echoes, newEcho(h))
	}
	return r
}

// Add takes in the next chunk and returns what to deliver, nil for nothing. done says
// that all later chunks can pass unseen.
func (r *Repeat) Add(c *chat.Chunk) (out *chat.Chunk, done bool) {
	r.news.Add(c)
	r.usage = r.usage || c.Usage != nil
	if r.begun {
		return c, false
	}
	news := c.Head()
	for i := range c.Choices {
		e := r.echo(c.Choices[i].Index)
		if !e.add(r.news.choice(e.had.index), &c.Choices[i], &news) {
			r.begun = true
			return r.restart(), !r.pieced()
		}
	}
	done = true
	for _, e := range r.echoes {
		done = done && e.settled()
	}
	// Other ids in the new answer's calls have to be replaced to its end.
	done = done && !r.renames()
	if len(news.Choices) == 0 && news.Usage == nil && len(c.Choices) > 0 {
		return nil, done
	}
	return &news, done
}

// End is told of the good end, and of what the reader has by now. It returns the new
// answer from its start where that has said less than the reader has, or where the
// reader's calls have other arguments, else nil. Of servers that send each time all
// there is so far, pieces with other ends make another text.
func (r *Repeat) End(has []Received) *chat.Chunk {
	for _, e := range r.echoes {
		if !r.begun && !e.settled() {
			return r.restart()
		}
	}
	for _, b := range r.news.choices {
		if n := slices.IndexFunc(has, func(h Received) bool { return h.index == b.index }); n >= 0 && !has[n].says(b) {
			return r.restart()
		}
	}
	return nil
}

// pieced reports that arguments came in pieces, which a restart has joined: what is
// yet to come may be understood in another way.
func (r *Repeat) pieced() bool {
	for _, b := range r.news.choices {
		for _, c := range b.calls.all {
			if c.arguments.pieces > 1 {
				return true
			}
		}
		if f := b.function; f != nil && f.arguments.pieces > 1 {
			return true
		}
	}
	return false
}

// restart is the new answer from its start.
func (r *Repeat) restart() *chat.Chunk {
	c := r.news.chunk(r.usage)
	c.Restarted = true
	return c
}

func (r *Repeat) echo(index int) *echo {
	for _, e := range r.echoes {
		if e.had.index == index {
			return e
		}
	}
	e := newEcho(Received{index: index})
	r.echoes = append(r.echoes, e)
	return e
}

func (r *Repeat) renames() bool {
	for _, e := range r.echoes {
		if len(e.had.calls) > 0 {
			return true
		}
	}
	return false
}
