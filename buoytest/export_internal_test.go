package buoytest

import (
	"net/http"
	"strings"

	"github.com/buoy-go/buoy"
)

// Promise is a check of TestMiddleware.
type Promise struct {
	Name  string
	Check func(buoy.Middleware) error
}

// Promises are the checks of TestMiddleware, for use without a *testing.T that would fail.
var Promises = func() (ps []Promise) {
	for _, p := range promises {
		ps = append(ps, Promise{p.name, p.check})
	}
	return ps
}()

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
