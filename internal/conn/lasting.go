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
// knows, the two have no version, cipher or protocol in common, one of both speaks TLS and
// the other does not, or the proxy forbids the way. Who asks again a second later is told
// the same.
func Lasting(err error) bool {
	if err == nil {
		return false
	}
	if unverified(err) || is[*forbidden](err) || errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok && strings.HasPrefix(record.Msg, "first record") {
		return true // http.Client makes ErrSchemeMismatch of it where it was HTTP
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		switch op.Op {
		case "remote error":
			return says(op.Err.Error(), finalAlerts)
		case "socks connect":
			return says(op.Err.Error(), finalReplies)
		}
	}
	return says(err.Error(), finalTexts)
}

func says(text string, texts []string) bool {
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(text, s) })
}

// unverified reports that a certificate did not verify. crypto/tls wraps what it finds
// itself, on each system, and returns what an application's own verification says as it is.
func unverified(err error) bool {
	return is[*tls.CertificateVerificationError](err) || is[x509.UnknownAuthorityError](err) || is[x509.HostnameError](err) ||
		is[x509.CertificateInvalidError](err) || is[x509.SystemRootsError](err) || is[x509.ConstraintViolationError](err) ||
		is[x509.UnhandledCriticalExtension](err) || is[x509.InsecureAlgorithmError](err)
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// finalAlerts are in the texts of alerts that a second handshake would end in as well:
// crypto/tls has no types for those of the other side. A server that knows no certificate
// of the client's calls that a handshake failure in TLS 1.2. "Internal error" is what a
// server in trouble says.
var finalAlerts = []string{"certificate", "handshake failure", "protocol version", "unrecognized name", "access denied", "insufficient security level", "no application protocol"}

// finalReplies are in the texts of a SOCKS proxy's refusals that stay.
var finalReplies = []string{
	"not allowed by ruleset", "invalid username/password", "authentication failed", "no acceptable authentication methods",
	"unexpected protocol version", "command not supported", "address type not supported",
}

// finalTexts are in errors that have nothing else: of a handshake that this side gave up,
// of a server that answers plain HTTP by a TLS alert, and of a proxy's address.
var finalTexts = []string{
	"tls: server selected un", "tls: server chose an unconfigured cipher suite", "tls: no supported versions", "tls: failed to parse certificate from server",
	"tls: server's certificate contains an unsupported type", "tls: server sent certificate containing RSA key larger",
	`malformed HTTP response "\x15\x03`, "invalid proxy address",
}

// forbidden is a proxy's refusal to connect at all, in net/http's own words for it.
type forbidden struct {
	status string
	err    error // what net/http made of it, nil where it asked first
}

func (e *forbidden) Error() string { return e.status }

func (e *forbidden) Unwrap() error { return e.err }

// forbids are the statuses by which a proxy forbids the way, does not know who asks, wants
// money or a log-in first, or shows that it is no such proxy. The others, such as 502 and
// 503, say that it cannot reach the server for now; some say so with 404 and 500, too.
var forbids = []int{
	http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	http.StatusBadRequest, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
	http.StatusUnavailableForLegalReasons, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported, http.StatusNetworkAuthenticationRequired,
}

// connected tells a proxy that forbids the way from one that cannot reach the server.
func connected(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if !slices.Contains(forbids, resp.StatusCode) {
		return nil
	}
	_, text, found := strings.Cut(resp.Status, " ")
	if !found || text == "" {
		text = http.StatusText(resp.StatusCode)
	}
	return &forbidden{status: text}
}

// refused makes a [forbidden] of what net/http says where an application's own transport
// does not ask connected: the status's text and nothing else.
func refused(err error) error {
	text := err.Error()
	if slices.ContainsFunc(forbids, func(status int) bool { return http.StatusText(status) == text }) {
		return &forbidden{text, err}
	}
	return err
}
