// Package version finds the version of a module in the program that uses it.
package version

import "runtime/debug"

// Of returns the version of a module among a program's dependencies, such as "v0.1.0";
// "dev" where it is none of them, as in its own repository.
func Of(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, dep := range info.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	return "dev"
}
