// Package clients holds other Go clients of chat completions against buoytest, alone and
// with buoy under them. It has tests only.
package clients
