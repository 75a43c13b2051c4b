package apicheck_test

import (
	"context"
	"net/http"
	"time"

	"github.com/buoy-go/buoy"
)

// bytesByKey is a cache as a program writes it.
type bytesByKey struct{ buoy.Cache }

func (bytesByKey) Get(ctx context.Context, key string) (value []byte, ok bool, err error) {
	return nil, false, nil
}
func (bytesByKey) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return nil
}

var cachePolicy = buoy.CachePolicy{
	TTL:          time.Hour,
	StaleOnError: time.Hour,
	Coalesce:     true,
	Namespace:    func(context.Context, *buoy.Request) string { return "" },
}

var (
	_ buoy.Option     = buoy.WithCache(bytesByKey{}, cachePolicy)
	_ buoy.CallOption = buoy.WithoutCache()
	_ buoy.CallOption = buoy.WithCacheRefresh()
	_ buoy.Middleware = buoy.CacheWith(bytesByKey{}, cachePolicy)
	_ string          = buoy.CallInfo{}.Cache
	_ bool            = buoy.CallInfo{}.Degraded
	_ http.Header     = buoy.CallInfo{}.Header
)
