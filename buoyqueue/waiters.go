package buoyqueue

import "sync"

// waiters are those who wait for a job, in this process. The zero value is ready.
type waiters struct {
	mu  sync.Mutex // guards the field below
	all map[int64]*waiting
}

type waiting struct {
	count int
	woken chan struct{} // closed when the job has ended
}

// wait returns a channel that is closed when the job has ended here. Call forget after
// use.
func (w *waiters) wait(job int64) (woken <-chan struct{}, forget func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[int64]*waiting{}
	}
	p := w.all[job]
	if p == nil {
		p = &waiting{woken: make(chan struct{})}
		w.all[job] = p
	}
	p.count++
	return p.woken, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if p.count--; p.count == 0 && w.all[job] == p {
			delete(w.all, job)
		}
	}
}

// wake says that a job has ended.
func (w *waiters) wake(job int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p := w.all[job]; p != nil {
		delete(w.all, job)
		close(p.woken)
	}
}
