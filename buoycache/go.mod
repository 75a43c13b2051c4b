module github.com/buoy-go/buoy/buoycache

go 1.26.0

replace github.com/buoy-go/buoy => ../

require (
	github.com/buoy-go/buoy v0.0.0
	github.com/klauspost/compress v1.20.4
	github.com/maypok86/otter/v2 v2.4.0
	go.etcd.io/bbolt v1.5.0
)

require (
	github.com/cenkalti/backoff/v4 v4.3.0 // indirect
	github.com/sony/gobreaker/v2 v2.4.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/time v0.16.0 // indirect
)

require (
	github.com/stretchr/testify v1.12.1
	golang.org/x/sys v0.45.0 // indirect
)
