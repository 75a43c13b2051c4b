// Package tell tells everybody who waits for something, whoever of them panics.
package tell

// All calls f with each of them in order. A panic does not keep it from those after,
// such as layers that hold permits and breakers' tickets until they hear of the end.
func All[T any](all []T, f func(T)) {
	next := 0
	defer func() {
		if next < len(all) {
			All(all[next:], f)
		}
	}()
	for next < len(all) {
		next++
		f(all[next-1])
	}
}
