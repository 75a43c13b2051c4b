package buoy_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/buoy-go/buoy"
)

// A token of Entra ID in place of a key. The function token is, for example, what the
// method GetToken of a credential of azidentity returns.
func ExampleKeySource() {
	token := func(context.Context) (text string, expires time.Time, err error) {
		return "a-token-of-Entra-ID", time.Now().Add(time.Hour), nil
	}

	var mu sync.Mutex // guards the fields below
	var kept string
	var until time.Time
	endpoint := buoy.Azure("https://NAME.openai.azure.com", "my-deployment", "2024-10-21")
	endpoint.KeyHeader = "" // Authorization: Bearer
	endpoint.KeySource = func(ctx context.Context) ([]string, error) {
		mu.Lock()
		defer mu.Unlock()
		if time.Until(until) < 5*time.Minute {
			text, expires, err := token(ctx)
			if err != nil {
				return nil, err
			}
			kept, until = text, expires
		}
		return []string{kept}, nil
	}

	client, err := buoy.New(endpoint)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	fmt.Printf("%v\n", client)
	// Output: buoy.Client(NAME.openai.azure.com)
}
