package conn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Lasting reports whether a connection failed for a reason that stays: the server's
// certificate does not verify, the server wants one of the client's and got none that it
// knows, one of both speaks TLS and the other does not, or the proxy forbids the way. Who asks again a second
// later is told the same.
func Lasting(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*forbidden](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && string(record.RecordHeader[:]) == "HTTP/" {
		return true // http.Client makes ErrSchemeMismatch of it
	}
	if strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`) {
		return true // a TLS alert: it speaks nothing else, and the base URL is http://
	}
	// An alert of the other side: crypto/tls has no type for it but a text, such as
	// "tls: certificate required", "tls: unknown certificate authority".
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "remote error" && slices.ContainsFunc(finalAlerts, func(alert string) bool { return strings.Contains(op.Err.Error(), alert) })
}

// finalAlerts are in the texts of alerts that a second handshake would end in as well. A
// server that knows no certificate of the client's calls that a handshake failure in
// TLS 1.2.
var finalAlerts = []string{"certificate", "handshake failure", "protocol version", "unrecognized name"}

// forbidden is a proxy's refusal to connect at all, in net/http's own words for it.
type forbidden struct{ status string }

func (e *forbidden) Error() string { return e.status }

// connected tells a proxy that forbids the way, or does not know who asks, from one that
// cannot reach the server for now.
func connected(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired, http.StatusUnavailableForLegalReasons:
		_, text, found := strings.Cut(resp.Status, " ")
		if !found || text == "" {
			text = http.StatusText(resp.StatusCode)
		}
		return &forbidden{text}
	}
	return nil
}
