// Package affinity tells conversations apart, so that what belongs together can stay
// with one key: a provider's prompt cache is a key's own.
package affinity

import (
	"hash/crc32"
	"unsafe"

	"github.com/buoy-go/buoy/chat"
	"github.com/buoy-go/buoy/internal/keyring"
)

// CRC-32C has an instruction of its own on most processors, so that a prompt of a
// megabyte costs less than 0.1 ms. Two conversations with one sum share a key, which
// does no harm.
var table = crc32.MakeTable(crc32.Castagnoli)

// Of returns the number of a conversation. It is the same in every process, so that all
// instances of a service take the same key: that of the session, else of the request's
// prompt cache key, else of what all turns of a conversation begin with: the messages up
// to the first of the user's, and the names of the tools.
func Of(session string, r *chat.Request) uint64 {
	switch {
	case session != "":
		return keyring.Mix(sum(1, "session", session))
	case r.PromptCacheKey != "":
		return keyring.Mix(sum(1, "cache", r.PromptCacheKey))
	}
	s := uint64(1)
	for i := range r.Messages {
		m := &r.Messages[i]
		s = sum(s, m.Role, m.Content)
		for k := range m.Parts {
			s = part(s, &m.Parts[k])
		}
		if m.Role == chat.RoleUser {
			break
		}
	}
	for i := range r.Tools {
		switch t := &r.Tools[i]; {
		case t.Function != nil:
			s = sum(s, t.Type, t.Function.Name)
		case t.Custom != nil:
			s = sum(s, t.Type, t.Custom.Name)
		default:
			s = sum(s, t.Type)
		}
	}
	return keyring.Mix(s)
}

func part(s uint64, p *chat.Part) uint64 {
	s = sum(s, p.Type, p.Text)
	switch {
	case p.ImageURL != nil:
		s = sum(s, p.ImageURL.URL)
	case p.InputAudio != nil:
		s = sum(s, p.InputAudio.Data)
	case p.File != nil:
		s = sum(s, p.File.FileID, p.File.Filename, p.File.FileData)
	case p.VideoURL != nil:
		s = sum(s, p.VideoURL.URL)
	}
	return s
}

// sum goes on with texts, each with its length, so that "a", "bc" is not "ab", "c".
func sum(s uint64, texts ...string) uint64 {
	for _, t := range texts {
		// A conversion would copy the text; crc32 only reads it.
		bytes := unsafe.Slice(unsafe.StringData(t), len(t))
		s = keyring.Mix(s ^ uint64(crc32.Update(0, table, bytes))<<32 ^ uint64(len(t)))
	}
	return s
}
