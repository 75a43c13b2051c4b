// Vision: a picture from a file, and a question about it.
//
//	go run ./examples/vision
//	go run ./examples/vision photo.jpg
//	go run ./examples/vision -live photo.jpg
//
// Without a name it draws a picture. It runs offline, against a scripted provider on
// loopback, whose answer does not depend on the picture. With -live it asks the provider
// whose key is in the environment, which costs money. BUOY_MODEL names the model.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
)

func main() {
	live := flag.Bool("live", false, "ask the provider whose key is in the environment; it charges for it")
	flag.Parse()
	if err := run(context.Background(), flag.Arg(0), *live); err != nil {
		fmt.Fprintln(os.Stderr, "vision:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, live bool) error {
	if name == "" {
		dir, err := os.MkdirTemp("", "buoy-vision")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		name = filepath.Join(dir, "chart.png")
		if err := drawChart(name); err != nil {
			return err
		}
	}

	endpoint := buoy.FromEnv()
	var srv *buoytest.Server
	if !live {
		srv = buoytest.NewServer(nil, buoytest.Reply("Three bars. The blue one in the middle is the tallest."))
		defer srv.Close()
		endpoint = srv.Endpoint()
	} else if len(endpoint.Keys) == 0 {
		return errors.New("-live needs a key: set AITUNNEL_API_KEY, OPENAI_API_KEY or OPENROUTER_API_KEY")
	}
	client, err := buoy.New(endpoint)
	if err != nil {
		return err
	}
	defer client.Close()

	// The file is read here. If that fails, Chat returns an error that names the file,
	// and nothing is sent.
	resp, err := client.Chat(ctx, buoy.Request{
		Model: cmp.Or(os.Getenv("BUOY_MODEL"), "gpt-4o-mini"),
		Messages: []buoy.Message{buoy.UserParts(
			buoy.Text("What is in this picture? One sentence."),
			buoy.ImageFile(name),
		)},
		MaxTokens: new(200),
	})
	if err != nil {
		return err
	}
	if err := resp.Check(); err != nil { // a filter may refuse pictures, too
		return err
	}
	if srv != nil {
		if err := printSent(srv.Requests()[0].Body); err != nil {
			return err
		}
	}
	fmt.Println("answer:", resp.Text())
	return nil
}

// printSent prints what the server was sent, without the picture's bytes.
func printSent(body []byte) error {
	var req buoy.Request
	if err := json.Unmarshal(body, &req); err != nil {
		return err
	}
	for _, part := range req.Messages[0].Parts {
		if part.ImageURL == nil {
			fmt.Println("sent:   the text", part.Text)
			continue
		}
		kind, data, _ := strings.Cut(part.ImageURL.URL, ",")
		fmt.Printf("sent:   a picture as %s and %d characters\n", kind, len(data))
	}
	return nil
}

// drawChart writes a picture of three bars.
func drawChart(name string) error {
	picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
	draw.Draw(picture, picture.Bounds(), image.White, image.Point{}, draw.Src)
	for i, bar := range []struct {
		height int
		colour color.RGBA
	}{
		{90, color.RGBA{200, 60, 60, 255}},
		{160, color.RGBA{60, 90, 200, 255}},
		{120, color.RGBA{60, 160, 90, 255}},
	} {
		left := 40 + 90*i
		draw.Draw(picture, image.Rect(left, 190-bar.height, left+60, 190), image.NewUniform(bar.colour), image.Point{}, draw.Src)
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(png.Encode(file, picture), file.Close())
}
