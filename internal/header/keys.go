package header

import (
	"cmp"
	"fmt"
)

// CheckDistinct refuses what CheckKeys does, and keys that are there twice.
func CheckDistinct(endpoint string, keys []string) error {
	return cmp.Or(CheckKeys(endpoint, keys), distinct(endpoint, keys))
}

// CheckKeys refuses keys of an endpoint that cannot stand in a header, and shows none.
func CheckKeys(endpoint string, keys []string) error {
	for i, key := range keys {
		if key == "" {
			return fmt.Errorf("key %d of %s is empty: is the environment variable set?", i+1, endpoint)
		}
		if !ValidKey(key) {
			return fmt.Errorf("key %d of %s has a space, a line break or another character that cannot stand in a header: trim it", i+1, endpoint)
		}
	}
	return nil
}

// distinct refuses a key that is there twice: it would get twice its share of the calls,
// and each of the two be blamed alone.
func distinct(endpoint string, keys []string) error {
	places := make(map[string]int, len(keys))
	for i, key := range keys {
		if first, ok := places[key]; ok {
			return fmt.Errorf("key %d of %s is key %d again: leave it out", i+1, endpoint, first+1)
		}
		places[key] = i
	}
	return nil
}
