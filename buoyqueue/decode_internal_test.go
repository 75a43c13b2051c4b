package buoyqueue

import (
	"math/rand/v2"
	"testing"

	"github.com/riverqueue/river/rivertype"
)

// Whatever stands in the database of a job is read without a panic, and what cannot be read
// is left out. It is no fuzz target: SQLite in Go takes minutes and gigabytes to be compiled
// for one. Those of requests and answers are in internal/record.
func TestDecodersTakeAnything(t *testing.T) {
	seeds := []string{
		`[]`,
		`{"buoy":{"waits":3,"failure":{"kind":"auth"}}}`, `[{"id":1,"state":"cancelled","canceled":1,"note":{"failure":{}},"created_at":"2026-01-02 03:04:05.678"}]`,
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 20_000 {
		data := []byte(seeds[n%len(seeds)])
		for range n / len(seeds) % 6 {
			switch at := r.IntN(len(data)); r.IntN(3) {
			case 0:
				data[at] = `{}[]",:0123456789truefalsn`[r.IntN(26)]
			case 1:
				data = append(data[:at], data[min(at+1+r.IntN(4), len(data)-1):]...)
			case 2:
				data = append(data[:at], seeds[r.IntN(len(seeds))][r.IntN(2):]...)
			}
			if len(data) == 0 {
				data = []byte("0")
			}
		}
		decodeAll(t, data)
	}
}

func decodeAll(t *testing.T, data []byte) {
	t.Helper()
	if n := noteOf(&rivertype.JobRow{Metadata: data}); n.Waits < 0 || n.Waits > 1000 {
		t.Fatalf("%s: waits out of bounds", data)
	}
	rows, _ := rowsOf[row](string(data))
	for i := range rows {
		j := rows[i].job()
		if j.State == "" || (j.State == StateDead || j.State == StateCanceled) && j.Failure == nil {
			t.Fatalf("%s: %+v", data, j)
		}
		_ = j.Failure.Error()
	}
}
