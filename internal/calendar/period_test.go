package calendar

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("no time zone data: %v", err)
	}
	return z
}

func TestPeriodTurns(t *testing.T) {
	moscow, samoa, saoPaulo, johns := zone(t, "Europe/Moscow"), zone(t, "Pacific/Apia"), zone(t, "America/Sao_Paulo"), zone(t, "America/St_Johns")
	const layout = time.RFC3339
	for _, tc := range []struct {
		name             string
		period           Period
		now, from, until string
		label            string
	}{
		{"a month is the default", Period{}, "2026-02-28T23:59:59Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "202602"},
		{"no zone is UTC", Daily(nil), "2026-02-28T23:59:59Z", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z", "20260228"},
		{"Moscow's day begins at 21:00 UTC", Daily(moscow), "2026-02-28T21:00:00Z", "2026-03-01T00:00:00+03:00", "2026-03-02T00:00:00+03:00", "20260301"},
		{"and so does its year", Monthly(moscow), "2025-12-31T21:00:00Z", "2026-01-01T00:00:00+03:00", "2026-02-01T00:00:00+03:00", "202601"},
		{"an hour", Every(time.Hour), "2026-02-28T13:59:59+03:00", "2026-02-28T10:00:00Z", "2026-02-28T11:00:00Z", "20260228T100000"},
		{"a day of 23 hours", Daily(zone(t, "Europe/Berlin")), "2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", "20260329"},
		{"a midnight that is skipped", Daily(saoPaulo), "2018-11-03T23:59:59-03:00", "2018-11-03T00:00:00-03:00", "2018-11-04T01:00:00-02:00", "20181103"},
		{"the day that begins at one", Daily(saoPaulo), "2018-11-04T01:00:00-02:00", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00", "20181104"},
		{"a day that is skipped", Daily(samoa), "2011-12-29T12:00:00-10:00", "2011-12-29T00:00:00-10:00", "2011-12-31T00:00:00+14:00", "20111229"},
		{"clocks set back across midnight", Daily(johns), "2006-10-28T12:00:00-02:30", "2006-10-28T00:00:00-02:30", "2006-10-29T00:00:00-02:30", "20061028"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			now, err := time.Parse(layout, tc.now)
			require.NoError(t, err)
			s := tc.period.At(now)
			require.Equal(t, tc.from, s.From.Format(layout))
			require.Equal(t, tc.until, s.Until.Format(layout))
			require.Equal(t, tc.label, s.Label)
		})
	}
}

// A moment belongs to its turn, and turns follow each other without a gap.
func TestPeriodsHaveNoGaps(t *testing.T) {
	zones := []*time.Location{time.UTC, zone(t, "Europe/Moscow"), zone(t, "Pacific/Apia"), zone(t, "America/Sao_Paulo"), zone(t, "Australia/Lord_Howe"), zone(t, "Asia/Beirut")}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		now := time.Unix(r.Int64N(60*365*24*3600), 0)
		z := zones[r.IntN(len(zones))]
		for _, p := range []Period{Daily(z), Monthly(z), Every(time.Duration(1+r.IntN(1e6)) * time.Second)} {
			s := p.At(now)
			require.False(t, now.Before(s.From), "%v %v %v", p, z, now)
			require.True(t, now.Before(s.Until), "%v %v %v", p, z, now)
			next := p.At(s.Until)
			require.Equal(t, s.Until.UnixNano(), next.From.UnixNano(), "%v %v %v", p, z, now)
			require.NotEqual(t, s.Label, next.Label)
			require.Equal(t, s.Label, p.At(s.From).Label, "%v %v %v", p, z, now)
		}
	}
}
