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
	event, tokens := "", ""
	for lines.Scan() {
		name, isName := strings.CutPrefix(lines.Text(), "event: ")
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		switch {
		case isName:
			event = name
		case isData && event == "token": // kept, so that no line of the log comes between them
			tokens += " " + data
		case isData:
			fmt.Println("   tokens:" + tokens)
			fmt.Println("  ", event+":", data)
		case lines.Text() != "":
			fmt.Println("  ", lines.Text())
		}
	}
	return lines.Err()
}
