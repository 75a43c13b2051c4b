package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
)

// visit asks the service what its script has an answer for, and prints what a browser
// would get.
func visit(ctx context.Context, url string) error {
	for _, corner := range []struct{ about, body string }{
		{"The provider fails once: the visitor does not notice", `{"text": "Why does a buoy stay up?"}`},
		{"A question that the provider refuses", `{"text": "Something violent"}`},
		{"An answer that breaks off", `{"text": "Why does a buoy stay up?"}`},
		{"No question at all", `{}`},
	} {
		fmt.Println("\n--", corner.about)
		if err := post(ctx, url+"/ask", corner.body); err != nil {
			return err
		}
	}
	return nil
}

func post(ctx context.Context, url, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	fmt.Println("  ", resp.Status)
	lines := bufio.NewScanner(resp.Body)
	token := false // the event's data is a piece of the text
	for lines.Scan() {
		name, isName := strings.CutPrefix(lines.Text(), "event: ")
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		switch {
		case isName:
			token = name == "token"
			if !token {
				fmt.Printf("\n   %s: ", name)
			}
		case isData && token:
			fmt.Print(" ", data)
		case isData: // on the line of its event
			fmt.Println(data)
		case lines.Text() != "":
			fmt.Println("  ", lines.Text())
		}
	}
	return lines.Err()
}
