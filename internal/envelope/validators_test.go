package envelope_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/envelope"
)

// validators are the forms in which servers say which field of a request is wrong. NAME is the field's name, and ECHO
// what stood in it.
var validators = map[string]string{
	"pydantic 2":            `{"detail":[{"type":"missing","loc":["body","NAME"],"msg":"Field required","input":{"x":"ECHO"}}]}`,
	"pydantic 2, literal":   `{"detail":[{"type":"literal_error","loc":["body","NAME"],"msg":"Input should be 'a' or 'b'","input":"ECHO","ctx":{"expected":"'a' or 'b'"}}]}`,
	"pydantic 2, extra":     `{"detail":[{"type":"extra_forbidden","loc":["body","NAME"],"msg":"Extra inputs are not permitted","input":"ECHO"}]}`,
	"pydantic 2, value":     `{"detail":[{"type":"value_error","loc":["body","NAME"],"msg":"Value error, not one of those that are known","input":"ECHO","ctx":{"error":{}}}]}`,
	"pydantic 1":            `{"detail":[{"loc":["body","NAME"],"msg":"field required","type":"value_error.missing"}]}`,
	"pydantic in a text":    `{"object":"error","message":"1 validation error for ChatCompletionRequest\nNAME\n  Field required [type=missing, input_value={'x': 'ECHO'}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.11/v/missing","type":"BadRequestError","code":CODE}`,
	"pydantic, body.":       `{"error":{"message":"1 validation error for Request\nbody.NAME\n  Input should be a valid integer, unable to parse string as an integer [type=int_parsing, input_value='ECHO', input_type=str]"}}`,
	"FastAPI in a text":     `{"error":{"message":"[{'type': 'string_type', 'loc': ('body', 'NAME'), 'msg': 'Input should be a valid string', 'input': 'ECHO'}]","type":"BadRequestError","code":CODE}}`,
	"FastAPI as JSON text":  `{"error":{"message":"[{\"type\":\"string_type\",\"loc\":[\"body\",\"NAME\"],\"msg\":\"Input should be a valid string\",\"input\":\"ECHO\"}]"}}`,
	"FastAPI of two":        `{"detail":[{"type":"missing","loc":["body","model"],"msg":"Field required","input":null},{"type":"int_type","loc":["body","NAME"],"msg":"Input should be a valid integer","input":"ECHO"}]}`,
	"zod":                   `{"error":{"issues":[{"code":"invalid_type","expected":"string","received":"undefined","path":["NAME"],"message":"Required"}],"name":"ZodError"}}`,
	"zod in a text":         `{"error":{"message":"[\n  {\n    \"code\": \"invalid_type\",\n    \"expected\": \"string\",\n    \"received\": \"number\",\n    \"path\": [\n      \"NAME\"\n    ],\n    \"message\": \"Expected string, received number\"\n  }\n]"}}`,
	"zod safe":              `{"success":false,"error":{"issues":[{"code":"unrecognized_keys","keys":["NAME"],"path":["messages",0],"message":"Unrecognized key(s) in object: 'NAME'"}],"name":"ZodError"}}`,
	"zod-validation-error":  `{"error":"Validation error: Expected string, received number at \"NAME\""}`,
	"zod, flattened":        `{"error":{"formErrors":[],"fieldErrors":{"NAME":["Required"]}}}`,
	"ajv":                   `{"errors":[{"instancePath":"/NAME","schemaPath":"#/properties/NAME/type","keyword":"type","params":{"type":"string"},"message":"must be string"}]}`,
	"ajv, extra":            `{"errors":[{"instancePath":"","schemaPath":"#/additionalProperties","keyword":"additionalProperties","params":{"additionalProperty":"NAME"},"message":"must NOT have additional properties"}]}`,
	"fastify":               `{"statusCode":CODE,"code":"FST_ERR_VALIDATION","error":"Bad Request","message":"body/NAME must be string"}`,
	"fastify, required":     `{"statusCode":CODE,"error":"Bad Request","message":"body must have required property 'NAME'"}`,
	"joi":                   `{"statusCode":CODE,"error":"Bad Request","message":"\"NAME\" is not allowed","validation":{"source":"body","keys":["NAME"]}}`,
	"joi, type":             `{"error":"ValidationError","details":[{"message":"\"NAME\" must be a string","path":["NAME"],"type":"string.base","context":{"label":"NAME","value":"ECHO","key":"NAME"}}]}`,
	"Go validator":          `{"error":"Key: 'ChatRequest.NAME' Error:Field validation for 'NAME' failed on the 'required' tag"}`,
	"Go validator, nested":  `{"error":{"message":"Key: 'GeneralOpenAIRequest.NAME' Error:Field validation for 'NAME' failed on the 'oneof' tag","type":"new_api_error","code":"invalid_request"}}`,
	"Go json":               `{"error":{"message":"json: cannot unmarshal string into Go struct field ChatRequest.NAME of type int","type":"invalid_request_error"}}`,
	"Go json, unknown":      `{"error":"json: unknown field \"NAME\""}`,
	"class-validator":       `{"statusCode":CODE,"message":["NAME must be a string","NAME should not be empty"],"error":"Bad Request"}`,
	"class-validator, not":  `{"statusCode":CODE,"message":["property NAME should not exist"],"error":"Bad Request"}`,
	"class-validator, tree": `{"message":[{"target":{},"value":"ECHO","property":"NAME","children":[],"constraints":{"isString":"NAME must be a string"}}],"error":"Bad Request"}`,
	"Rails":                 `{"errors":{"NAME":["can't be blank"]}}`,
	"Rails, full":           `{"errors":["NAME can't be blank","NAME is too short (minimum is 3 characters)"]}`,
	"Laravel":               `{"message":"The NAME field is required.","errors":{"NAME":["The NAME field is required."]}}`,
	"Django REST":           `{"NAME":["This field is required."]}`,
	"Spring":                `{"status":CODE,"error":"Bad Request","message":"Validation failed","errors":[{"field":"NAME","rejectedValue":"ECHO","defaultMessage":"must not be null","objectName":"chatRequest","code":"NotNull"}]}`,
	"Spring, problem":       `{"type":"about:blank","title":"Bad Request","status":CODE,"detail":"Invalid request content.","violations":[{"field":"NAME","message":"must not be blank"}]}`,
	"express-validator":     `{"errors":[{"type":"field","value":"ECHO","msg":"Invalid value","path":"NAME","location":"body"}]}`,
	"express-validator 6":   `{"errors":[{"value":"ECHO","msg":"Invalid value","param":"NAME","location":"body"}]}`,
	"Google":                `{"error":{"code":CODE,"message":"Invalid JSON payload received. Unknown name \"NAME\": Cannot find field.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"NAME","description":"Invalid JSON payload received. Unknown name \"NAME\": Cannot find field."}]}]}}`,
	"Google, value":         `{"error":{"code":CODE,"message":"Invalid value at 'generation_config.NAME' (TYPE_INT32), \"ECHO\"","status":"INVALID_ARGUMENT"}}`,
	"OpenAI":                `{"error":{"message":"Unrecognized request argument supplied: NAME","type":"invalid_request_error","param":null,"code":null}}`,
	"OpenAI, unknown":       `{"error":{"message":"Unknown parameter: 'NAME'.","type":"invalid_request_error","param":"NAME","code":"unknown_parameter"}}`,
	"OpenAI, value":         `{"error":{"message":"Invalid value: 'ECHO'. Supported values are: 'a' and 'b'.","type":"invalid_request_error","param":"NAME","code":"invalid_value"}}`,
	"OpenAI, old":           `{"error":{"message":"'ECHO' is not of type 'integer' - 'NAME'","type":"invalid_request_error","param":null,"code":null}}`,
	"OpenAI, missing":       `{"error":{"message":"Missing required parameter: 'NAME'.","type":"invalid_request_error","param":"NAME","code":"missing_required_parameter"}}`,
	"Anthropic":             `{"type":"error","error":{"type":"invalid_request_error","message":"NAME: Extra inputs are not permitted"}}`,
	"Anthropic, field":      `{"type":"error","error":{"type":"invalid_request_error","message":"NAME: Field required"}}`,
	"Mistral":               `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","NAME"],"msg":"Extra inputs are not permitted","input":"ECHO"}]},"type":"invalid_request_error","param":null,"code":null}`,
	"jsonschema":            `{"error":{"message":"'NAME' is a required property"}}`,
	"jsonschema, extra":     `{"error":{"message":"Additional properties are not allowed ('NAME' was unexpected) - 'messages.0'"}}`,
	"serde":                 `{"error":"Failed to deserialize the JSON body into the target type: unknown field ` + "`NAME`, expected one of `messages`, `model`" + ` at line 1 column 20"}`,
	"serde, missing":        `Failed to deserialize the JSON body into the target type: missing field ` + "`NAME`" + ` at line 1 column 20`,
	"serde, variant":        `{"error":{"message":"Failed to deserialize the JSON body into the target type: NAME: unknown variant ` + "`ECHO`, expected `a` or `b`" + ` at line 1 column 20","type":"invalid_request_error"}}`,
	"Jackson":               `{"message":"JSON parse error: Unrecognized field \"NAME\" (class com.acme.ChatRequest), not marked as ignorable"}`,
	"Bedrock":               `{"message":"1 validation error detected: Value 'ECHO' at 'NAME' failed to satisfy constraint: Member must satisfy enum value set: [a, b]"}`,
	"Bedrock, extraneous":   `{"message":"Malformed input request: #: extraneous key [NAME] is not permitted, please reformat your input and try again."}`,
	"Cohere":                `{"message":"invalid request: NAME must be one of the allowed values"}`,
	"marshmallow":           `{"code":CODE,"status":"Unprocessable Entity","errors":{"json":{"NAME":["Missing data for required field."]}}}`,
	"vLLM":                  `{"error":{"message":"[{'type': 'extra_forbidden', 'loc': ('body', 'NAME'), 'msg': 'Extra inputs are not permitted', 'input': 'ECHO'}]","type":"Bad Request","param":null,"code":CODE}}`,
	"a place with dots":     `{"detail":"body.NAME: field required"}`,
	"TypeBox":               `{"type":"validation","on":"body","property":"/NAME","message":"Expected string","found":{"NAME":"ECHO"}}`,
	"ASP.NET":               `{"type":"https://tools.ietf.org/html/rfc9110#section-15.5.1","title":"One or more validation errors occurred.","status":CODE,"errors":{"NAME":["The NAME field is required."]}}`,
	"AWS":                   `{"__type":"ValidationException","message":"Value at 'NAME' failed to satisfy constraint"}`,
	"protobuf":              `{"code":3,"message":"invalid ChatRequest.NAME: value must be in list [a b]","details":[]}`,
}

// fieldNames are what fields may be called, and values may be, that mean something where a server says it.
var fieldNames = []string{
	"refusal", "insufficient_quota", "insufficient quota", "billing", "rate_limit_exceeded", "Rate limit reached", "invalid_api_key", "invalid api key", "content_filter", "content policy", "moderation",
	"context_length_exceeded", "maximum context length", "model_not_found", "overloaded", "model overloaded", "timeout", "credit balance", "monthly limit", "tokens per minute", "access token", "unauthorized",
	"account", "quota", "try again in 3600 seconds", "payment required", "flagged", "max_tokens", "permission_denied", "error", "401", "429",
}

// bare are the forms that put a name where nothing keeps its words together, so that it can have only one.
var bare = []string{"class-validator", "class-validator, not", "pydantic, body.", "Anthropic", "Anthropic, field", "OpenAI", "Go json", "serde, variant", "protobuf", "Bedrock, extraneous", "Cohere", "pydantic in a text", "a place with dots", "fastify", "Go validator", "Go validator, nested"}

// What a field is called, and what stood in it, decides nothing: not the kind, and not the wait.
func TestValidatorsNameDecidesNothing(t *testing.T) {
	for name, body := range validators {
		for _, status := range []int{400, 422, 500, 200} {
			for _, field := range fieldNames {
				for _, echo := range []string{"hello", field} {
					if echo == field && !strings.Contains(body, "ECHO") {
						continue
					}
					written := field
					if slices.Contains(bare, name) {
						written = strings.ReplaceAll(field, " ", "_")
					}
					body := strings.NewReplacer("NAME", written, "ECHO", echo, "CODE", fmt.Sprint(status)).Replace(body)
					t.Run(fmt.Sprint(name, "/", status, "/", field, "/", echo), func(t *testing.T) {
						if body[0] == '{' {
							require.True(t, json.Valid([]byte(body)), body)
						}
						if status == 400 || status == 422 {
							r := envelope.Parse(status, http.Header{}, []byte(body), time.Now())
							require.Equal(t, envelope.KindInvalidRequest, r.Kind, r.Message)
							require.Zero(t, r.RetryAfter)
							return
						}
						r := decodeAt(http.Header{}, status, "application/json", []byte(body), fixed)
						if r != nil { // some forms are no refusal in a 200
							require.NotContains(t, []envelope.Kind{envelope.KindAuth, envelope.KindQuota, envelope.KindRateLimit, envelope.KindModeration, envelope.KindContextLength, envelope.KindNotFound, envelope.KindPermission, envelope.KindOverloaded}, r.Kind, r.Message)
						}
					})
				}
			}
		}
	}
}
