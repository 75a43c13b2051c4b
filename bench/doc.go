// Package bench measures buoy beside other ways of calling a chat API from Go, in
// one run and over one transport in memory: the reference, which is net/http and
// encoding/json by hand, and the SDKs openai-go and go-openai.
//
//	go test -bench . -benchmem     # each client in each case
//	go run ./cmd/table             # the ratios, as a table for docs/performance.md
//
// No client waits for a network here: what is measured is the work of encoding,
// decoding and of the layers between, and nothing else.
package bench
