package buoy

// AppendBody appends the body that a request is sent as, to this model. Unlike
// [Request.MarshalJSON], which is for storing, it leaves out what providers do not
// want back. An error is a [*RequestError].
func (r *Request) AppendBody(dst []byte, model string, stream bool) ([]byte, error) {
	return appendRequest(dst, r, model, stream)
}
