package buoytyped_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/stretchr/testify/require"
)

// The price of checking: encoding/json alone beside Decode.
func BenchmarkDecode(b *testing.B) {
	resp := &buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant(dinner)}}}
	b.Run("json_alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var r recipe
			if err := json.Unmarshal([]byte(resp.Text()), &r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := buoytyped.Decode[recipe](resp); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFormat(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := buoytyped.Format[recipe](); err != nil {
			b.Fatal(err)
		}
	}
}

func TestTypesAreWorkedOutOnceByMany(t *testing.T) {
	type fresh struct {
		A int
		B []recipe
	}
	var wg sync.WaitGroup
	formats := make([]*buoy.ResponseFormat, 16)
	for i := range formats {
		wg.Go(func() { formats[i], _ = buoytyped.Format[fresh]() })
	}
	wg.Wait()
	for _, f := range formats {
		require.NotNil(t, f)
		require.Equal(t, formats[0].JSONSchema.Schema, f.JSONSchema.Schema)
	}
}
