package envelope

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// frames say where the phrases of a group decide: a status, what else has to stand in the sentence, and the kind.
var frames = map[mentions]struct {
	status int
	beside string
	kind   Kind
}{
	crashed: {400, "", KindServer}, longContext: {400, "", KindContextLength}, longPrompt: {400, "is too long", KindContextLength},
	beyond: {400, "input token count", KindContextLength}, longInput: {400, "", KindContextLength}, negative: {400, "max_tokens", KindContextLength},
	moderated: {400, "", KindModeration}, badKey: {403, "", KindAuth}, broke: {500, "", KindQuota}, spent: {403, "", KindQuota}, maybeSpent: {403, "", KindQuota},
	missingModel: {503, "", KindNotFound}, tooFast: {403, "", KindRateLimit}, wrongPlace: {400, "", KindPermission}, unable: {500, "", KindInvalidRequest},
	bulky: {400, "", KindTooLarge}, full: {400, "", KindOverloaded}, usedUp: {403, "quota", KindQuota}, quotaNoun: {403, "exceeded", KindQuota},
	yourLimit: {403, "limit", KindQuota}, denied: {401, "", KindPermission},
	rateNoun: {403, "exceeded", KindRateLimit}, perMinute: {422, "tokens", KindRateLimit}, counted: {422, "per minute", KindRateLimit},
}

func table(t *testing.T) map[mentions][]string {
	t.Helper()
	groups := map[mentions][]string{}
	for _, e := range phrases.entries {
		groups[e.group] = append(groups[e.group], e.text)
	}
	return groups
}

// Each phrase has a sentence in which it decides, and sentences in which it stands and means nothing: in a link, under a
// status that says it all, and beside a code that outranks it.
func TestEachPhraseDecidesWhereItMay(t *testing.T) {
	for group, texts := range table(t) {
		frame, decides := frames[group]
		for _, text := range texts {
			require.GreaterOrEqual(t, len(text), 3)
			require.Equal(t, lower(text), text, "is never found")
			if decides {
				kind, _ := kindFromText(frame.status, strings.TrimSpace(text+" "+frame.beside))
				require.Equal(t, frame.kind, kind, "%q under %d", text, frame.status)
			}
			if !strings.ContainsAny(text, " 	'`\"") && !strings.Contains(text, "，") {
				kind, _ := kindFromText(400, "See https://example.com/"+text+" for more")
				require.Zero(t, kind, "%q in a link", text)
			}
			r := Parse(http.StatusBadRequest, nil, []byte(`{"error":{"message":"Invalid 'x': got \"`+strings.ReplaceAll(strings.ReplaceAll(text, `\`, ``), `"`, ``)+`\"","code":"integer_below_min_value"}}`), time.Time{})
			require.Equal(t, KindInvalidRequest, r.Kind, "%q beside a code", text)
		}
	}
}

// Sentences of real sort in which words of the tables stand and mean nothing: the number decides.
func TestInnocentSentences(t *testing.T) {
	for _, tt := range []struct {
		status int
		said   string
	}{
		{400, "Invalid value for 'quota': must be exceeded by the limit"},
		{400, "The number of requests in a batch exceeds 100"},
		{400, "Количество запросов в пакете превышает 100"},
		{400, "httpmethod get is wrong: calls want post"},
		{400, "Параметр temperature задаётся посредством числа"},
		{400, "Средство просмотра не найдено"},
		{503, "Балансировщик нагрузки не отвечает"},
		{400, "The schema of tool get_weather has no type"},
		{400, "messages[2].content must not be empty"},
		{400, "Tool messages must follow a call"},
		{400, "tool_choice 'required' needs tools"},
		{400, "This model does not support logprobs"},
		{400, "Only one system message is allowed"},
		{400, "image URL could not be fetched: 404 Not Found"},
		{400, "Thinking blocks cannot be modified"},
		{400, "top_k must be between 1 and 100, got 500"},
		{400, "The response_format json_object needs the word json in the messages"},
		{400, "max_completion_tokens is too large: 200000. This model supports at most 16384 completion tokens"},
		{400, "budget_tokens must be at least 1024"},
		{400, "the seed must fit into 64 bits"},
		{400, "n_ctx is too small"},
		{400, "model requires at least one message"},
		{400, "стоимость не указана"},
		{400, "请求参数格式错误"},
		{400, "参数 temperature 取值错误"},
		{403, "You do not have access to this organization"},
		{403, "Пользователь не состоит в группе"},
		{403, "无权访问该分组"},
		{403, "Project is archived"},
		{403, "Please verify your phone number"},
		{422, "field required"},
		{422, "value is not a valid enumeration member"},
		{404, "Not Found"},
		{404, "The path /v1/quota was exceeded by /v2"},
		{429, "Too many requests"},
		{429, "Slow down"},
		{500, "Internal Server Error"},
		{500, "Something went wrong, please retry"},
		{500, "database is locked"},
		{500, "could not reach the billing service"},
		{500, "failed to parse input at pos 0: <tool_call>"},
		{500, "error parsing tool call: unexpected end of JSON input"},
		{500, "model runner has unexpectedly stopped"},
		{500, "the authentication service is down: no api key cache"},
		{502, "upstream sent an invalid header"},
		{502, "the moderation service did not answer"},
		{503, "Service Unavailable"},
		{503, "please wait for the deployment to become ready"},
		{504, "exceeded 60 seconds"},
		{401, "Unauthorized: see your billing page for keys"},
		{409, "a run is active"},
	} {
		kind, _ := kindFromText(tt.status, tt.said)
		require.Zero(t, kind, "%d %s", tt.status, tt.said)
	}
}
