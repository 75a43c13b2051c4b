package hint

import "strings"

// period reads a duration of ISO 8601, such as "PT1M30S" or "P1D", in seconds: Java's gateways write their waits so.
// Years and months, which have no length, are not among them.
func period(s string) (sec float64, ok bool) {
	s, ok = strings.CutPrefix(strings.ToUpper(s), "P")
	if !ok {
		return 0, false
	}
	days, clock, found := strings.Cut(s, "T")
	a, first := amounts(days, "WD", [...]float64{7 * 86400, 86400, 0})
	b, second := amounts(clock, "HMS", [...]float64{3600, 60, 1})
	return a + b, first && second && !(found && clock == "") && a+b > 0
}

// amounts adds up numbers that have these units behind them, each at most once and in this order.
func amounts(s, units string, in [3]float64) (sum float64, ok bool) {
	for at := 0; s != ""; {
		n := strings.IndexAny(s, units[at:])
		if n < 0 {
			return 0, false
		}
		v, numeric := number(s[:n])
		if !numeric || !isDigit(s[0]) {
			return 0, false
		}
		unit := strings.IndexByte(units, s[n])
		sum += v * in[unit]
		at, s = unit+1, s[n+1:]
		if at == len(units) && s != "" {
			return 0, false
		}
	}
	return sum, true
}
