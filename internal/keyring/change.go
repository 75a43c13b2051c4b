package keyring

import "time"

// Change is what an attempt has changed of its key. The zero value is no change: a key
// that is refused a second time in a row is no news.
type Change struct {
	Reason Reason    // why it went out, or was out
	Back   bool      // it is back
	Model  string    // where it rests for one model: for Rate, and for a doubtful Auth
	Until  time.Time // when it is tried again; zero where it goes on at once
}
