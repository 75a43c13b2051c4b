// Package lru is a bounded map: callers choose the keys (model names), so what
// is kept per key must not grow without end.
package lru

import "container/list"

// Map keeps at most a fixed number of entries and forgets the least recently
// used. It is not safe for concurrent use; its owner has a lock. The zero value
// cannot be used, see [New].
type Map[K comparable, V any] struct {
	limit   int
	order   *list.List // front = most recently used
	entries map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// New makes a map of at most limit entries; limit must be positive.
func New[K comparable, V any](limit int) *Map[K, V] {
	return &Map[K, V]{limit: limit, order: list.New(), entries: make(map[K]*list.Element)}
}

// Get returns the value of a key and marks it as used.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	// Most programs use one model at a time: a comparison is cheaper than a hash.
	if front := m.order.Front(); front != nil {
		if e := front.Value.(*entry[K, V]); e.key == key {
			return e.value, true
		}
	}
	e, ok := m.entries[key]
	if !ok {
		return value, false
	}
	m.order.MoveToFront(e)
	return e.Value.(*entry[K, V]).value, true
}

// GetOrMake is Get, which makes and stores a value where there is none.
func (m *Map[K, V]) GetOrMake(key K, make func() V) V {
	value, ok := m.Get(key)
	if !ok {
		value = make()
		m.Put(key, value)
	}
	return value
}

// Put stores a value, in place of the oldest where the map is full.
func (m *Map[K, V]) Put(key K, value V) {
	if e, ok := m.entries[key]; ok {
		e.Value.(*entry[K, V]).value = value
		m.order.MoveToFront(e)
		return
	}
	m.entries[key] = m.order.PushFront(&entry[K, V]{key, value})
	if m.order.Len() > m.limit {
		oldest := m.order.Back()
		m.order.Remove(oldest)
		delete(m.entries, oldest.Value.(*entry[K, V]).key)
	}
}

// Delete forgets a key.
func (m *Map[K, V]) Delete(key K) {
	if e, ok := m.entries[key]; ok {
		m.order.Remove(e)
		delete(m.entries, key)
	}
}

// Oldest is the entry that would be forgotten next; ok is false for an empty map.
func (m *Map[K, V]) Oldest() (key K, value V, ok bool) {
	if e := m.order.Back(); e != nil {
		en := e.Value.(*entry[K, V])
		return en.key, en.value, true
	}
	return key, value, false
}

// All calls f for each entry, the most recently used first, without marking it.
func (m *Map[K, V]) All(f func(K, V)) {
	for e := m.order.Front(); e != nil; e = e.Next() {
		en := e.Value.(*entry[K, V])
		f(en.key, en.value)
	}
}

// Len is the number of entries.
func (m *Map[K, V]) Len() int { return m.order.Len() }
