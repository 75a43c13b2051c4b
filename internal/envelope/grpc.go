package envelope

import "strings"

// grpcNumbers are gRPC's codes by number, and what they are in HTTP.
var grpcNumbers = [...]struct {
	name string
	http int
}{
	1: {"cancelled", 500}, 2: {"unknown", 500}, 3: {"invalidargument", 400}, 4: {"deadlineexceeded", 504}, 5: {"notfound", 404},
	6: {"alreadyexists", 409}, 7: {"permissiondenied", 403}, 8: {"resourceexhausted", 429}, 9: {"failedprecondition", 400},
	10: {"aborted", 409}, 11: {"outofrange", 400}, 12: {"unimplemented", 501}, 13: {"internal", 500}, 14: {"unavailable", 503},
	15: {"dataloss", 500}, 16: {"unauthenticated", 401},
}

// httpOfGRPC translates a gRPC code; 0 for 0 and for what is none.
func httpOfGRPC(code int) int {
	if code < 0 || code >= len(grpcNumbers) {
		return 0
	}
	return grpcNumbers[code].http
}

// noteGRPC keeps a number that may be a gRPC code. Whether it is one shows in the member's name, or in the details that
// gRPC's gateways send beside it; other shapes count their own failures from 1.
func (e *evidence) noteGRPC(s string) {
	if len(s) > 2 || !numeric(s) {
		return
	}
	code := int(s[0] - '0')
	if len(s) == 2 {
		code = code*10 + int(s[1]-'0')
	}
	if e.grpc == 0 && httpOfGRPC(code) != 0 {
		e.grpc = code
	}
}

// rpcError reads Go's "rpc error: code = ResourceExhausted desc = ...". Unknown and Internal say no more than the status.
func (e *evidence) rpcError(s string, lv level) {
	if strings.IndexByte(s, '=') < 0 { // most have none, and many an r
		return
	}
	_, rest, found := strings.Cut(s, "rpc error: code = ")
	if !found {
		return
	}
	name, _, _ := strings.Cut(rest, " ")
	for _, known := range grpcNumbers[1:] {
		if known.http != 500 && strings.EqualFold(known.name, name) {
			e.code[lv].set(known.http, -1)
		}
	}
}
