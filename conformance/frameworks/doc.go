// Package frameworks shows buoy under langchaingo and eino. It has tests only, apart from
// those of package clients because these two take a minute to compile.
package frameworks
