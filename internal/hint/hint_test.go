package hint_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/hint"
)

// now is the present of every table here: 2025-08-08 15:40:00 UTC.
var now = time.Unix(1754667600, 0).UTC()

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want time.Duration // 0: none
	}{
		// Go durations.
		{"120ms", 120 * time.Millisecond},
		{"1s", time.Second},
		{"6m0s", 6 * time.Minute},
		{"2m59.56s", 2*time.Minute + 59560*time.Millisecond},
		{"1m0.36s", time.Minute + 360*time.Millisecond},
		{"PT30S", 30 * time.Second},
		{"pt1m30.5s", 90500 * time.Millisecond},
		{"P1DT2H", 26 * time.Hour},
		{"P2W", 14 * 24 * time.Hour},
		{"P", 0},
		{"PT", 0},
		{"P1Y", 0},
		{"P1M", 0},
		{"PT5", 0},
		{"PT1S1M", 0},
		{"PT-5S", 0},
		{"PT1e400S", hint.TooLong},
		{"34.4s", 34400 * time.Millisecond},
		{"34.074824224s", 34074824224},
		{"14h23m55s", 14*time.Hour + 23*time.Minute + 55*time.Second},
		{"500µs", 500 * time.Microsecond},
		// Spelled units.
		{"33 seconds", 33 * time.Second},
		{"2 minutes and 30 seconds", 150 * time.Second},
		{"1 hour, 5 minutes", 65 * time.Minute},
		{"3 days", 72 * time.Hour},
		{"20 секунд", 20 * time.Second},
		{"30秒", 30 * time.Second},
		// Seconds.
		{"20", 20 * time.Second},
		{" 20 ", 20 * time.Second},
		{`"20"`, 20 * time.Second},
		{"+20", 20 * time.Second},
		{"0.25", 250 * time.Millisecond},
		{".5", 500 * time.Millisecond},
		{"17.359", 17359 * time.Millisecond},
		{"1e2", 100 * time.Second},
		{"86400", 24 * time.Hour},
		{"999999999", 999999999 * time.Second},
		{"33011.382867", 33011382867 * time.Microsecond},
		// Instants.
		{"1754667660", time.Minute},
		{"1754667660.5", time.Minute + 500*time.Millisecond},
		{"1754667660000", time.Minute},
		{"Fri, 08 Aug 2025 16:40:00 GMT", time.Hour},
		{"Fri, 08 Aug 2025 16:40:00 UTC", time.Hour},
		{"Fri, 08 Aug 2025 19:40:00 +0300", time.Hour},
		{"Friday, 08-Aug-25 16:40:00 GMT", time.Hour},
		{"Fri Aug  8 16:40:00 2025", time.Hour},
		{"2025-08-08T15:41:00Z", time.Minute},
		{"2025-08-08T18:41:00.5+03:00", time.Minute + 500*time.Millisecond},
		{"2025-08-08 15:41:00Z", time.Minute},
		{"2025-08-08 15:41:00 UTC", time.Minute},
		// Too long is not none.
		{"1e100", hint.TooLong},
		{"1e309", hint.TooLong},
		{strings.Repeat("9", 40), hint.TooLong},
		{strings.Repeat("9", 4000), hint.TooLong},
		{strings.Repeat("9", 40) + "s", hint.TooLong},
		{"9999999h", hint.TooLong},
		{"Fri, 31 Dec 9999 23:59:59 GMT", hint.TooLong},
		{"100000000000", hint.TooLong},
		// Nothing to wait for.
		{"", 0},
		{"0", 0},
		{"0s", 0},
		{"0.0", 0},
		{"-1", 0},
		{"-5s", 0},
		{"-1e309", 0},
		{"NaN", 0},
		{"Inf", 0},
		{"+Inf", 0},
		{"0x10", 0},
		{"1_000", 0},
		{"--1", 0},
		{"e", 0},
		{".", 0},
		{"1e-400", 0},
		{"soon", 0},
		{"5 parsecs", 0},
		{"5s later", 0},
		{"1754667599", 0},
		{"1754667599000", 0},
		{"1500000000", 0},
		{"Fri, 08 Aug 2025 14:40:00 GMT", 0},
		{"Fri, 08 Aug 2025 16:40:00 PST", 0},
		{"Mon, 01 Jan 100000 00:00:00 GMT", 0},
		{"Fri, 08 Aug 2025", 0},
		{"2025-08-08 15:41:00", 0},
		{"2025-13-08T15:41:00Z", 0},
		{"true", 0},
	}
	for _, tt := range tests {
		t.Run(tt.in[:min(len(tt.in), 40)], func(t *testing.T) {
			d, ok := hint.Parse(tt.in, now)
			require.Equal(t, tt.want, d)
			require.Equal(t, tt.want > 0, ok)
		})
	}
}

// A test bubble's clock stands at the year 2000, where an epoch is below a thousand million.
func TestParseEpochNearAnyPresent(t *testing.T) {
	for _, present := range []time.Time{
		time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(2025, 8, 8, 0, 0, 0, 0, time.UTC),
		time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		for _, s := range []string{
			strconv.FormatInt(present.Unix()+90, 10),
			strconv.FormatInt(present.UnixMilli()+90_000, 10),
		} {
			d, ok := hint.Parse(s, present)
			require.True(t, ok, s)
			require.Equal(t, 90*time.Second, d, s)
		}
	}
}

func TestFromHeader(t *testing.T) {
	tests := []struct {
		name string
		h    http.Header
		want time.Duration
	}{
		{"none", http.Header{"Content-Type": {"application/json"}}, 0},
		{"nil", nil, 0},
		{"seconds", http.Header{"Retry-After": {"20"}}, 20 * time.Second},
		{"fraction", http.Header{"Retry-After": {"0.25"}}, 250 * time.Millisecond},
		{"date", http.Header{"Retry-After": {"Fri, 08 Aug 2025 16:40:00 GMT"}}, time.Hour},
		{"a whole day stays a day", http.Header{"Retry-After": {"86400"}}, 24 * time.Hour},
		{"milliseconds", http.Header{"Retry-After-Ms": {"125"}}, 125 * time.Millisecond},
		{"azure's milliseconds", http.Header{"X-Ms-Retry-After-Ms": {"1500"}}, 1500 * time.Millisecond},
		{"milliseconds with a unit", http.Header{"Retry-After-Ms": {"2s"}}, 2 * time.Second},
		{"an instant in milliseconds", http.Header{"Retry-After-Ms": {"1754667660000"}}, time.Minute},
		{"the largest wins", http.Header{"Retry-After": {"1"}, "Retry-After-Ms": {"5000"}}, 5 * time.Second},
		{"the largest of several lines", http.Header{"Retry-After": {"1", "7"}}, 7 * time.Second},
		{"a bad one hides no good one", http.Header{"Retry-After-Ms": {"-1"}, "Retry-After": {"0.5"}}, 500 * time.Millisecond},
		{"lower case", http.Header{"retry-after": {"3"}}, 3 * time.Second},
		{"upper case", http.Header{"RETRY-AFTER-MS": {"3"}}, 3 * time.Millisecond},
		{"zero", http.Header{"Retry-After": {"0"}}, 0},
		{"too long in milliseconds", http.Header{"Retry-After-Ms": {"1e309"}}, hint.TooLong},
		{"a reset is no explicit wait", http.Header{"X-Ratelimit-Reset": {"30"}}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, ok := hint.FromHeader(tt.h, now)
			require.Equal(t, tt.want, d)
			require.Equal(t, tt.want > 0, ok)
		})
	}
}
