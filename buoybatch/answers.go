package buoybatch

// answers is the index of a journal: where the answer to which request stands. A
// request has as many answers as times that it stood in a batch.
type answers struct {
	count  int
	plain  map[digest]*queue // answers without a key
	keyed  map[digest]*queue // answers with one, whichever it is
	named  map[name]*queue   // the same ones, by it
	owners map[string]bool   // keys that have an answer
	asked  map[string]digest // the request that has a key in this run
}

// name is a key and the request that had it.
type name struct {
	key     string
	request digest
}

// queue is the answers to one request, the oldest first.
type queue struct {
	places []*place
	from   int // those before it are used
}

// place says where an answer stands.
type place struct {
	at     int64
	length int
	used   bool // by this run, which had it from the journal or wrote it
}

func newAnswers() answers {
	return answers{
		plain: make(map[digest]*queue), keyed: make(map[digest]*queue),
		named: make(map[name]*queue), owners: make(map[string]bool),
	}
}

func (a *answers) add(key string, request digest, p *place) {
	a.count++
	if key == "" {
		queueOf(a.plain, request).add(p)
		return
	}
	a.owners[key] = true
	queueOf(a.keyed, request).add(p)
	queueOf(a.named, name{key, request}).add(p)
}

// begin makes ready for a run, which may use each answer once.
func (a *answers) begin() {
	a.asked = make(map[string]digest)
	for _, q := range a.plain {
		q.begin()
	}
	for _, q := range a.keyed {
		q.begin()
	}
	for _, q := range a.named {
		q.begin()
	}
}

// find takes the first answer to a request that this run has not used; nil where
// there is none. With a key it is one that was given under it, or without any: two
// requests that are alike but for their keys have an answer each.
func (a *answers) find(id identity) (*place, error) {
	if id.key == "" {
		if p := a.plain[id.request].take(); p != nil {
			return p, nil
		}
		return a.keyed[id.request].take(), nil
	}
	other, asked := a.asked[id.key]
	q := a.named[name{id.key, id.request}]
	if asked && other != id.request || q == nil && a.owners[id.key] {
		return nil, ErrMismatch
	}
	a.asked[id.key] = id.request
	if p := q.take(); p != nil {
		return p, nil
	}
	return a.plain[id.request].take(), nil
}

func queueOf[K comparable](queues map[K]*queue, key K) *queue {
	q := queues[key]
	if q == nil {
		q = new(queue)
		queues[key] = q
	}
	return q
}

func (q *queue) add(p *place) { q.places = append(q.places, p) }

func (q *queue) begin() {
	q.from = 0
	for _, p := range q.places {
		p.used = false
	}
}

// take returns the first that is free, and nil where none is.
func (q *queue) take() *place {
	if q == nil {
		return nil
	}
	for ; q.from < len(q.places); q.from++ {
		if p := q.places[q.from]; !p.used {
			p.used = true
			return p
		}
	}
	return nil
}
