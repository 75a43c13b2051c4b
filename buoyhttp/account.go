package buoyhttp

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/buoy-go/buoy"
)

// This file is what the headers of a reply tell of the call.

// head tells how an answer came about. The values have one array: a slice for each would
// be an allocation each.
func head(h http.Header, info buoy.CallInfo) {
	values := make([]string, 0, 6)
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("X-Buoy-Attempts", strconv.Itoa(len(info.Attempts)))
	if info.Endpoint != "" {
		set("X-Buoy-Endpoint", info.Endpoint)
	}
	if info.Model != "" {
		set("X-Buoy-Model", info.Model)
	}
	if info.Cache != "" {
		set("X-Buoy-Cache", info.Cache)
	}
	if info.Degraded {
		set("X-Buoy-Degraded", "true")
	}
	if info.RequestID != "" {
		set("X-Request-Id", info.RequestID)
	}
	for name, values := range info.Header { // the provider's limits, which clients pace themselves by
		if strings.HasPrefix(name, "X-Ratelimit-") && len(values) == 1 {
			h[name] = []string{values[0]}
		}
	}
}

// headOfError tells how it came to an error, and returns what there is to tell.
func headOfError(h http.Header, err error) buoy.CallInfo {
	info := buoy.CallInfo{Endpoint: endpointOf(err)}
	if call, ok := errors.AsType[*buoy.CallError](err); ok {
		info.Attempts = call.Attempts
		h.Set("X-Buoy-Stop", string(call.Stop))
	}
	head(h, info)
	h.Set("X-Buoy-Kind", string(buoy.KindOf(err)))
	return info
}

// endpointOf is who refused, "" where nobody did.
func endpointOf(err error) string {
	if e, ok := errors.AsType[*buoy.APIError](err); ok {
		return e.Endpoint
	}
	if e, ok := errors.AsType[*buoy.TransportError](err); ok {
		return e.Endpoint
	}
	if e, ok := errors.AsType[*buoy.OpenError](err); ok {
		return e.Endpoint
	}
	if e, ok := errors.AsType[*buoy.KeysError](err); ok {
		return e.Endpoint
	}
	return ""
}
