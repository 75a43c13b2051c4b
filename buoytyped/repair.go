package buoytyped

import (
	"slices"

	"github.com/buoy-go/buoy"
)

// repairing returns the request that shows the model its answer and what is
// wrong with it.
func repairing(req buoy.Request, bad *MismatchError) buoy.Request {
	said := buoy.Assistant(bad.Text)
	if len(bad.Response.Choices) > 0 {
		said = bad.Response.Choices[0].Message // with what a reasoning model wants back
	}
	req.Messages = append(slices.Clone(req.Messages), said,
		buoy.User("Your answer does not follow the JSON Schema: "+toldOf(bad.Mistakes, bad.Path, bad.Reason)+".\nAnswer again, completely, with the corrected JSON and nothing else."))
	return req
}

// account adds to an answer what the one before it has cost.
func account(resp, before *buoy.Response) {
	resp.Usage = before.Usage.Plus(resp.Usage)
	resp.Info.Attempts = slices.Concat(before.Info.Attempts, resp.Info.Attempts)
}
