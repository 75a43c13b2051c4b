package echo

import (
	"fmt"
	"strings"
	"testing"
)

// An error of OpenAI's, compared with a request and a key, and shown.
func BenchmarkFinder(b *testing.B) {
	const (
		message = "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
		text    = `{"error":{"message":"` + message + `","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`
		id      = "req_3a1f6c0e8b7d4f52"
	)
	for _, c := range []struct{ name, prompt string }{
		{"short", "Why is the sky blue, and the sea?"},
		{"words", "Why blue?"},
		{"100K", strings.Repeat("The short answer is **Rayleigh scattering**: air molecules scatter blue light. ", 1280)},
		{"quoted", "It says: " + message},
	} {
		body := []byte(`{"model":"gpt-4o-mini","messages":[{"role":"system","content":"Answer in one sentence."},{"role":"user","content":"` + c.prompt + `"}]}`)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f := Get()
				Add(f, text)
				Add(f, id)
				f.Key("sk-proj-0123456789abcdefghijklmnopqrstuvwxyz")
				f.Asked(body)
				f.Named(f.Quoted(message))
				for _, s := range [...]string{message, "insufficient_quota", "insufficient_quota", "", id} {
					f.Hide(s)
				}
				f.Free()
			}
		})
	}
}

// A text is shown where an endpoint has many keys: the time is at most that of looking for
// each.
func BenchmarkManyKeys(b *testing.B) {
	text := strings.Repeat("You exceeded your current quota, please check your plan and billing details. ", 6)
	for _, keys := range []int{1, 64, 10_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			f := Get()
			defer f.Free()
			Add(f, text)
			for i := range keys {
				f.Key(fmt.Sprintf("sk-proj-%032x", hashShort(fmt.Append(nil, i))))
			}
			f.Asked(nil)
			for b.Loop() {
				f.Hide(text)
			}
		})
	}
}

// The id of a reply is compared with a key.
func BenchmarkTokenOf(b *testing.B) {
	for _, c := range []struct{ name, id string }{
		{"hex16", "req_3a1f6c0e8b7d4f52"},
		{"hex32", "req_3f9a1c07be5d4286a9e0d37c15fb8264"},
		{"inorder", "req_0123456789abcdef0123456789abcdef"},
		{"uuid", "8f14e45f-ceea-467f-a5d1-3b2c9b0e7a64"},
		{"chatcmpl", "chatcmpl-CbRkMHFQ8UyEJ0m0bq1mZTkJH1kLp"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				token, short := TokenOf(c.id)
				if !short || token.Doubtful || token.HasKey("sk-proj-0123456789abcdefghijklmnopqrstuvwxyz") || token.HasSecret("true") {
					b.Fatal(c.id)
				}
			}
		})
	}
}
