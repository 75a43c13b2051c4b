// Tenants: one service, many customers, each with a budget and a pace of its own.
//
//	go run ./examples/tenants
//
// The first part has one client for all of them, with one key: a quota for each, turns for
// those that wait, and a batch in the background. It runs twice, without and with that, and
// prints how long each customer has waited. The second part has customers with keys of their
// own, so each has a client.
//
// It runs offline, against a scripted provider on loopback.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "tenants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	fmt.Println("One client for all. Nobody is told who is who:")
	if err := serve(ctx); err != nil {
		return err
	}
	fmt.Println("\nTenants take turns, the batch comes last, and each has a quota of its own:")
	if err := serve(ctx, forTenants()...); err != nil {
		return err
	}
	fmt.Println("\nCustomers with keys of their own:")
	return ownKeys(ctx)
}

// tenant is the key under which a request's context says who asks.
type tenant struct{}

// as is the context of a tenant's calls. A service sets it where it checks who calls.
func as(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, tenant{}, name)
}

// tenantOf returns who asks.
func tenantOf(ctx context.Context) string {
	name, _ := ctx.Value(tenant{}).(string)
	return name
}
