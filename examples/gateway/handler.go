package main

import (
	"fmt"
	"log/slog"

	"github.com/buoy-go/buoy"
)

// handler is OpenAI's protocol over buoy: what clients ask for and what they are
// told. It knows no configuration, no tokens and no listener; who may ask was
// settled before it is called. It is safe for concurrent use.
type handler struct {
	clients clients
	maxBody int64 // bytes of a request
	log     *slog.Logger
}

// clients is where a handler sends what it is asked.
type clients interface {
	// client returns the client for a model. fallbacks are the request's own; nil
	// means that it names none. The error is an *unknownModel where nobody has one
	// of the models.
	client(model string, fallbacks []string) (*buoy.Client, error)
	// models lists the models that can be asked for, in order.
	models() []model
	// model describes one of them; ok is false where nobody has it.
	model(name string) (m model, ok bool)
}

// unknownModel says that no endpoint has a model.
type unknownModel struct{ model, param string }

func (e *unknownModel) Error() string { return fmt.Sprintf("no endpoint serves the model %q", e.model) }
