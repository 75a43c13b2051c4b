package conn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Errors of other systems, of a verification of the application's own, and of transports
// that cannot be had here.
func TestWhatLasts(t *testing.T) {
	alert := func(text string) error {
		return fmt.Errorf("round trip: %w", &net.OpError{Op: "remote error", Err: errors.New("tls: " + text)})
	}
	socks := func(text string) error { return &net.OpError{Op: "socks connect", Net: "tcp", Err: errors.New(text)} }
	for _, row := range []struct {
		err   error
		lasts bool
	}{
		// Windows and darwin say in words of their own why a certificate is not trusted.
		{&tls.CertificateVerificationError{Err: errors.New("x509: “api.example” certificate is not trusted")}, true},
		{&tls.CertificateVerificationError{Err: syscall.Errno(0x800b0109)}, true},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: new(x509.Certificate), Host: "proxy"}}}, true},
		// What tls.Config.VerifyPeerCertificate returns comes as it is.
		{x509.SystemRootsError{Err: errors.New("no such file")}, true},
		{x509.ConstraintViolationError{}, true},
		{x509.UnhandledCriticalExtension{}, true},
		{x509.InsecureAlgorithmError(x509.SHA1WithRSA), true},
		{fmt.Errorf("pinned: %w", x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign}), true},
		// Alerts.
		{alert("handshake failure"), true},
		{alert("bad certificate"), true},
		{alert("unknown certificate authority"), true},
		{alert("expired certificate"), true},
		{alert("revoked certificate"), true},
		{alert("certificate required"), true},
		{alert("access denied"), true},
		{alert("protocol version not supported"), true},
		{alert("insufficient security level"), true},
		{alert("no application protocol"), true},
		{alert("unrecognized name"), true},
		{alert("internal error"), false},
		{alert("unexpected message"), false},
		{alert("bad record MAC"), false},
		{alert("record overflow"), false},
		{alert("error decrypting message"), false},
		{alert("user canceled"), false},
		{alert("unknown PSK identity"), false},
		{&net.OpError{Op: "local error", Err: errors.New("tls: bad record MAC")}, false},
		// What crypto/tls itself finds in a handshake.
		{errors.New("tls: server selected unsupported protocol version 301"), true},
		{errors.New("tls: no supported versions satisfy MinVersion and MaxVersion"), true},
		{errors.New("tls: failed to parse certificate from server: x509: negative serial number"), true},
		{errors.New("tls: server's certificate contains an unsupported type of public key: *dsa.PublicKey"), true},
		{errors.New("tls: server sent certificate containing RSA key larger than 8192 bits"), true},
		{errors.New("tls: server chose an unconfigured cipher suite"), true},
		{errors.New("tls: server selected unadvertised ALPN protocol"), true},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.New("tls: server selected unsupported protocol version 302")}, true},
		{errors.New("tls: server's Finished message was incorrect"), false},
		{errors.New("tls: unexpected message"), false},
		{errors.New("net/http: TLS handshake timeout"), false},
		{tls.RecordHeaderError{Msg: "oversized record received with length 20527"}, false},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake", RecordHeader: [5]byte{'S', 'S', 'H', '-', '2'}}, true},
		{http.ErrSchemeMismatch, true},
		// A SOCKS proxy.
		{socks("unknown error connection not allowed by ruleset"), true},
		{socks("username/password authentication failed"), true},
		{socks("invalid username/password"), true},
		{socks("no acceptable authentication methods"), true},
		{socks("unexpected protocol version 72"), true},
		{socks("unknown error command not supported"), true},
		{socks("unknown error address type not supported"), true},
		{socks("unknown error general SOCKS server failure"), false},
		{socks("unknown error network unreachable"), false},
		{socks("unknown error host unreachable"), false},
		{socks("unknown error connection refused"), false},
		{socks("unknown error TTL expired"), false},
		{&net.OpError{Op: "socks connect", Net: "tcp", Err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}}, false},
		// The network's own.
		{errors.New(`invalid proxy address "http://a b": parse "http://a b": invalid character " " in host name`), true},
		{&net.DNSError{Err: "server misbehaving", Name: "api.example", IsTemporary: true}, false},
		{&net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}, false},
		{&net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}, false},
		{&net.OpError{Op: "dial", Net: "tcp", Err: syscall.EMFILE}, false},
		{&net.OpError{Op: "read", Net: "tcp", Err: errors.New("wsarecv: An existing connection was forcibly closed by the remote host.")}, false},
		{io.ErrUnexpectedEOF, false},
	} {
		require.Equal(t, row.lasts, Lasting(row.err), "%v", row.err)
	}
}

// The statuses of a proxy that is asked to connect, with this package's transport and with
// one of the application's.
func TestWhatOfAProxyLasts(t *testing.T) {
	lasts := map[int]bool{302: true, 400: true, 401: true, 402: true, 403: true, 405: true, 407: true, 451: true, 501: true, 505: true, 511: true}
	for _, status := range []int{302, 400, 401, 402, 403, 404, 405, 407, 408, 421, 425, 429, 451, 500, 501, 502, 503, 504, 505, 511, 522} {
		proxy := proxying(t, status)
		for _, own := range []bool{true, false} {
			rt := Transport(10 * time.Second)
			if !own {
				rt = &http.Transport{}
			}
			rt.Proxy = http.ProxyURL(proxy)
			err := ask(t, rt, "https://api.example/v1")
			require.Equal(t, lasts[status], Lasting(err), "%d %v: %v", status, own, err)
			require.ErrorContains(t, err, proxy.Host)
			require.NotContains(t, err.Error(), "%!")
		}
	}
}

func ask(t *testing.T, rt *http.Transport, to string) error {
	defer rt.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to, strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return ThroughProxy(rt, req, err)
	}
	return resp.Body.Close()
}

// speaking is a server that reads a little of each connection and answers it by what is
// given, in turns.
func speaking(t *testing.T, turns ...string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for _, say := range turns {
					_, _ = c.Read(make([]byte, 4096))
					_, _ = io.WriteString(c, say)
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestWhatOfASOCKSProxyLasts(t *testing.T) {
	reply := func(code byte) string { return "\x05" + string([]byte{code}) + "\x00\x01\x00\x00\x00\x00\x00\x00" }
	for _, row := range []struct {
		turns []string
		lasts bool
	}{
		{[]string{"\x05\xff"}, true},
		{[]string{"\x05\x02", "\x01\x01"}, true}, // the password is wrong
		{[]string{"HTTP/1.1 400 Bad Request\r\n\r\n"}, true},
		{[]string{"\x05\x00", reply(1)}, false},
		{[]string{"\x05\x00", reply(2)}, true},
		{[]string{"\x05\x00", reply(3)}, false},
		{[]string{"\x05\x00", reply(4)}, false},
		{[]string{"\x05\x00", reply(5)}, false},
		{[]string{"\x05\x00", reply(6)}, false},
		{[]string{"\x05\x00", reply(7)}, true},
		{[]string{"\x05\x00", reply(8)}, true},
		{[]string{""}, false},
	} {
		rt := Transport(10 * time.Second)
		rt.Proxy = http.ProxyURL(&url.URL{Scheme: "socks5", Host: speaking(t, row.turns...), User: url.UserPassword("who", "secret")})
		err := ask(t, rt, "https://api.example/v1")
		require.Error(t, err)
		require.Equal(t, row.lasts, Lasting(err), "%q: %v", row.turns, err)
	}
}

// Servers that do not speak TLS as they should.
func TestWhatOfAServerLasts(t *testing.T) {
	for _, row := range []struct {
		says, scheme string
		lasts        bool
	}{
		{"SSH-2.0-OpenSSH_9.6\r\n", "https", true},
		{"220 mail.example ESMTP\r\n", "https", true},
		{"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n", "https", true},
		{"-ERR unknown command\r\n", "https", true},
		{"<html>503</html>", "https", true},
		{"\x15\x03\x01\x00\x02\x02\x28", "https", true},  // handshake failure
		{"\x15\x03\x03\x00\x02\x02\x50", "https", false}, // internal error
		{"\x15\x03\x03\x00\x02\x02\x78", "https", true},  // no application protocol
		{"\x15\x03\x03\x00\x02\x02\x31", "https", true},  // access denied
		{"\x15\x03\x03\x00\x02\x02\x47", "https", true},  // insufficient security
		{"\x15\x03\x03\x00\x02\x01\x00", "https", false}, // close notify
		{"", "https", false},
		{"\x15\x03\x01\x00\x02\x02\x16", "http", true},
		{"\x15\x03\x03\x00\x02\x02\x0a", "http", true},
		{"garbage\r\n\r\n", "http", false},
		{"", "http", false},
	} {
		err := ask(t, Transport(10*time.Second), row.scheme+"://"+speaking(t, row.says))
		require.Error(t, err, "%q", row.says)
		require.Equal(t, row.lasts, Lasting(err), "%q: %v", row.says, err)
	}
}

// A real handshake that cannot come about.
func TestWhatOfAHandshakeLasts(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	now := time.Now()
	good := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	for name, row := range map[string]struct {
		cert   func(*x509.Certificate)
		server func(*tls.Config)
		client func(*tls.Config)
		lasts  bool
	}{
		"expired":             {cert: func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }, lasts: true},
		"not yet valid":       {cert: func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }, lasts: true},
		"a clock that is off": {client: func(c *tls.Config) { c.Time = func() time.Time { return now.AddDate(-30, 0, 0) } }, lasts: true},
		"another host":        {cert: func(c *x509.Certificate) { c.IPAddresses = nil }, lasts: true},
		"not for servers":     {cert: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, lasts: true},
		"unknown extension": {cert: func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
		}, lasts: true},
		"nobody known": {client: func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, lasts: true},
		"only 1.1":     {server: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, lasts: true},
		"only 1.3":     {server: func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, client: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, lasts: true},
		"other ciphers": {server: func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		}, lasts: true},
		"other curves":             {server: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.CurveP521} }, client: func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{tls.X25519} }, lasts: true},
		"other ALPN":               {server: func(c *tls.Config) { c.NextProtos = []string{"acme-tls/1"} }, client: func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }, lasts: true},
		"wants a certificate, 1.2": {server: func(c *tls.Config) { c.ClientAuth, c.MaxVersion = tls.RequireAndVerifyClientCert, tls.VersionTLS12 }, lasts: true},
		"wants a certificate, 1.3": {server: func(c *tls.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert }, lasts: true},
		"unknown server name": {server: func(c *tls.Config) {
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errors.New("no such site") }
		}, lasts: false}, // it says "internal error"
		"hangs up": {server: func(c *tls.Config) {
			c.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) { return nil, h.Conn.Close() }
		}, lasts: false},
		"a verification of its own": {client: func(c *tls.Config) {
			c.InsecureSkipVerify = true
			c.VerifyConnection = func(s tls.ConnectionState) error {
				_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: x509.NewCertPool()})
				return err
			}
		}, lasts: true},
	} {
		t.Run(name, func(t *testing.T) {
			template := *good
			if row.cert != nil {
				row.cert(&template)
			}
			der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
			require.NoError(t, err)
			parsed, err := x509.ParseCertificate(der)
			require.NoError(t, err)
			server := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
			if row.server != nil {
				row.server(server)
			}
			rt := Transport(10 * time.Second)
			rt.TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
			rt.TLSClientConfig.RootCAs.AddCert(parsed)
			if row.client != nil {
				row.client(rt.TLSClientConfig)
			}
			srv := quiet(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			srv.TLS = server
			srv.StartTLS()
			defer srv.Close()
			err = ask(t, rt, srv.URL)
			require.Error(t, err)
			require.Equal(t, row.lasts, Lasting(err), "%v", err)
		})
	}
}
