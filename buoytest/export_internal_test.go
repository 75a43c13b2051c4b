package buoytest

import (
	"net/http"
	"strings"
)

// Watched calls ended when step has ended, however it ended.
func Watched(step Step, ended func()) Step {
	return step.wrap(func(x *exchange, serve func(*exchange)) {
		defer ended()
		serve(x)
	})
}

// AnswerTo lets srv answer a chat request straight into w.
func AnswerTo(srv *Server, w http.ResponseWriter, body string) {
	r, err := http.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	srv.answer(w, r, func() {})
}
