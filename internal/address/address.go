// Package address reads the base URLs of APIs.
package address

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// Completions is the path below a base URL.
const Completions = "/chat/completions"

// Parse checks a base URL. Its errors name the fix, and no user, password or query.
// Plain HTTP is for this computer alone unless insecure is set.
func Parse(base string, insecure bool) (*url.URL, error) {
	if base == "" {
		return nil, errors.New("the endpoint has no BaseURL: use buoy.OpenAI(key), or set BaseURL to the server's .../v1")
	}
	if strings.TrimSpace(base) != base {
		return nil, errors.New("BaseURL has white space around it: trim it")
	}
	u, err := url.Parse(base)
	if err != nil {
		// url.Error repeats the URL, which may hold a password.
		if ue, ok := errors.AsType[*url.Error](err); ok {
			err = ue.Err
		}
		return nil, fmt.Errorf("BaseURL cannot be parsed: %v", err)
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("BaseURL needs https:// or http:// in front, got scheme %q", u.Scheme)
	case u.Hostname() == "":
		return nil, fmt.Errorf("BaseURL %q has no host", u.Redacted())
	case u.User != nil:
		return nil, fmt.Errorf("BaseURL of %s holds a user name: put the credentials into Keys", u.Hostname())
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("BaseURL of %s has a query or fragment: put parameters into Query", u.Hostname())
	case strings.Trim(u.Path, "/") == "" && pathOf(u.Hostname()) != "":
		return nil, fmt.Errorf("BaseURL of %s has no path: %s", u.Hostname(), pathOf(u.Hostname()))
	case ofDeployment(u) != "":
		return nil, errors.New(ofDeployment(u))
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), Completions):
		return nil, fmt.Errorf(`BaseURL of %s ends in %q, which is appended: end it before that, usually in "/v1"`, u.Hostname(), Completions)
	case u.Scheme == "http" && !insecure && !Loopback(u.Hostname()):
		return nil, fmt.Errorf("plain HTTP to %s would send the key and the prompt unencrypted: use https, or WithInsecureHTTP in a network that you trust", u.Hostname())
	}
	return u, nil
}

// pathOf says what to write for a host that serves nothing at its root, "" for others:
// some do (llama.cpp, DeepSeek).
func pathOf(host string) string {
	switch host = strings.ToLower(host); {
	case host == "api.openai.com":
		return "set it to https://api.openai.com/v1"
	case host == "openrouter.ai":
		return "set it to https://openrouter.ai/api/v1"
	case strings.HasSuffix(host, ".openai.azure.com"):
		return "use buoy.Azure, or end it in /openai/v1"
	}
	return ""
}

// ofDeployment says what is wrong with the URL of a deployment of Azure's that was made of
// more than a resource's URL, "" for nothing. A gateway may have a path of its own before
// it, but none is the base of the newer API.
func ofDeployment(u *url.URL) string {
	before, _, found := strings.Cut(u.Path, "/openai/deployments/")
	before = strings.Trim(before, "/")
	switch host := strings.ToLower(u.Hostname()); {
	case !found || before == "":
	case before == "openai/v1" || strings.HasSuffix(before, "/openai/v1"):
		base := u.Scheme + "://" + u.Host + "/" + before
		return fmt.Sprintf(`%s is the newer API of Azure, which has no deployments in its path: in place of buoy.Azure use buoy.Endpoint{BaseURL: %q, KeyHeader: "api-key", Keys: ...}, with the deployment as the Model`, base, base)
	case strings.HasSuffix(host, ".openai.azure.com"), strings.HasSuffix(host, ".cognitiveservices.azure.com"), strings.HasSuffix(host, ".services.ai.azure.com"):
		return fmt.Sprintf("buoy.Azure takes the URL of the resource without a path: %s://%s", u.Scheme, u.Host)
	}
	return ""
}

// Below returns a URL with a path appended and a query; a %2F in it stays one.
func Below(base *url.URL, path string, query url.Values) *url.URL {
	u := *base
	u.RawPath = strings.TrimRight(base.EscapedPath(), "/") + path
	u.Path = strings.TrimRight(base.Path, "/") + path
	u.RawQuery = query.Encode()
	return &u
}

// Loopback reports whether a host is this computer.
func Loopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761, section 6.3
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// Redirect is where a reply points to, without credentials; "" for nowhere.
func Redirect(from *url.URL, location string) string {
	if location == "" {
		return ""
	}
	to, err := from.Parse(location)
	if err != nil {
		return ""
	}
	to.User, to.Fragment = nil, ""
	if to.RawQuery != "" {
		to.RawQuery = "***"
	}
	return to.String()
}
