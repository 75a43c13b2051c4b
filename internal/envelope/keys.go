package envelope

import "bytes"

// key is what a member's name means. Names are compared without regard to case and separators, so that errorCode,
// error_code and ErrorCode are one.
type key uint8

const (
	otherKey key = iota
	errorKey
	errorsKey
	messageKey
	titleKey
	detailKey
	detailsKey
	codeKey
	typeKey
	reasonKey
	httpKey
	grpcKey
	statusKey
	errorCodeKey
	statusCodeKey
	paramKey
	locKey
	metadataKey
	rawKey
	asideKey
	baseRespKey
	responseKey
	dataKey
	headersKey
	availabilityKey
	previousKey
	quotaIDKey
	filterKey
	reasonsKey
	flaggedKey
	patternsKey
	providerNameKey
	modelSlugKey
	upstreamFaultKey
	byokKey
	requestIDKey
	retryableKey
	waitKey
	waitMillisKey
	choicesKey
	objectKey
	finishReasonKey
	promptFeedbackKey
	successKey
	answerKey
	toolKey
	valueKey
)

// keyOf never looks at names that may lead to the prompt, the answer or the account: they are otherKey, and nothing is
// taken from them. flagged_input is read into its own field only.
func (t *tree) keyOf(n *node) key {
	if n.keyEnd-n.keyStart > 40 {
		return otherKey
	}
	var buf [40]byte
	w := 0
	for _, c := range t.src[n.keyStart:n.keyEnd] {
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c == '_', c == '-', c == '.':
			continue
		}
		buf[w] = c
		w++
	}
	switch string(buf[:w]) {
	case "error", "err", "fault", "exception", "failure", "errorobject", "errorinfo", "errorobj":
		return errorKey
	case "errors", "messages":
		return errorsKey
	case "message", "msg", "errormsg", "errormessage", "statusmsg", "statusmessage", "faultstring", "htmlmessage",
		"errordescription", "description", "displaymessage", "errorreason", "errmsg", "errordetail", "returnmsg", "failmessage":
		return messageKey
	case "title", "statustext":
		return titleKey
	case "detail":
		return detailKey
	case "details", "errordetails", "exceptions", "causes", "cause", "issues":
		return detailsKey
	case "code", "errorid", "errid":
		return codeKey
	case "type", "errortype", "kind", "errorname", "name", "class", "errorclass", "errorcategory", "slug", "blockreason", "subtype":
		return typeKey
	case "reason", "limitsource", "providercode", "nativecode", "errorsubcode", "subcode", "innercode":
		return reasonKey
	case "httpcode", "httpstatus", "httpstatuscode", "rawstatuscode":
		return httpKey
	case "grpccode", "grpcstatus", "grpcstatuscode":
		return grpcKey
	case "status":
		return statusKey
	case "errorcode", "errcode", "errno":
		return errorCodeKey
	case "statuscode":
		return statusCodeKey
	case "param", "parameter", "field":
		return paramKey
	case "loc", "path":
		return locKey
	case "metadata", "extra":
		return metadataKey
	case "raw", "upstreamerror", "upstreamresponse", "originalerror", "providererror", "rawerror", "upstreambody", "responsebody":
		return rawKey
	case "innererror", "providerspecificfields", "violations", "additionalinfo", "innererrors", "causedby":
		return asideKey
	case "baseresp":
		return baseRespKey
	case "promptfeedback":
		return promptFeedbackKey
	case "response", "responsemetadata":
		return responseKey
	case "data", "body", "result":
		return dataKey
	case "headers", "responseheaders":
		return headersKey
	case "availability":
		return availabilityKey
	case "previouserrors", "attempts", "fallbackerrors", "attempterrors":
		return previousKey
	case "quotaid", "quotalimit", "quotametric":
		return quotaIDKey
	case "contentfilterresult", "contentfilterresults":
		return filterKey
	case "reasons":
		return reasonsKey
	case "flaggedinput":
		return flaggedKey
	case "patterns":
		return patternsKey
	case "providername":
		return providerNameKey
	case "modelslug":
		return modelSlugKey
	case "iserrorupstreamfault":
		return upstreamFaultKey
	case "isbyok":
		return byokKey
	case "requestid", "xrequestid", "reqid", "traceid", "logid", "sid", "correlationid", "apimrequestid", "generationid", "trace":
		return requestIDKey
	case "retryable", "isretryable", "shouldretry":
		return retryableKey
	case "retryafter", "retryafterseconds", "retryaftersec", "retryaftersecs", "retryafters", "retrydelay", "retryin", "retryinseconds",
		"resetsat", "resetat", "resettime", "resetsinseconds", "resetinseconds", "resetafter", "resetsin", "resetin", "resetafterseconds",
		"quotaresetdelay", "quotaresettimestamp", "estimatedtime", "waitseconds", "waittime", "waittimeseconds", "cooldownseconds",
		"retryat", "retryafterdate", "minretrydelay", "secondsuntilreset", "nextretryseconds", "clearsin", "resetseconds":
		return waitKey
	case "retryafterms", "retryaftermillis", "retryaftermilliseconds", "retrydelayms", "resetsinms", "resetinms", "waitms":
		return waitMillisKey
	case "choices":
		return choicesKey
	case "object":
		return objectKey
	case "finishreason":
		return finishReasonKey
	case "success", "ok", "succeeded":
		return successKey
	case "output", "usage", "model", "candidates", "content", "delta", "completion", "promptfilterresults", "created", "createdat", "done":
		return answerKey
	case "tool", "toolname", "toolcallid", "tooluseid":
		return toolKey
	case "value":
		return valueKey
	}
	if bytes.HasSuffix(buf[:w], []byte("error")) {
		// external_model_error, upstream_http_error: the error of somebody behind this server.
		return rawKey
	}
	return otherKey
}
