// Package saturate adds counts that come from strangers.
package saturate

import "unsafe"

// Sum returns a + b, or the nearest number that there is where that is too large or
// too small: a provider may tell any number of tokens, and sums of them must not
// wrap around.
func Sum[N ~int | ~int64](a, b N) N {
	least := N(-1) << (8*unsafe.Sizeof(a) - 1)
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return ^least
	case a < 0 && b < 0 && sum >= 0:
		return least
	}
	return sum
}

// Tokens is what a usage comes to, also that of a provider who tells only its parts. Less
// than nothing is nothing.
func Tokens(total, prompt, completion int) int {
	return max(total, Sum(max(prompt, 0), max(completion, 0)), 0)
}
