package behaviour_test

import (
	"encoding/json"
	"strings"
)

var moreDoorAnswerRows = []answerRow{
	// 37 GPT answer truncated max_tokens finish_reason length chat app
	both("37 MiqroForge-Desktop 1100", w(`{"role":"assistant","content":null,"tool_calls":[`+callOf("call_1", "write_file", `{\"path\":\"a.txt\",\"content\":\"lorem`)+`]}`, `"length"`), ev(tc(callOf("call_1", "write_file", "")), tc(`{"index":0,"function":{"arguments":"{\"path\":\"a.txt\",\"content\":\"lorem"}}`), f("length"), end), `||call_1,write_file,{"path":"a.txt","content":"lorem|length`).checked("incomplete"),
	both("37 ChatGPT 1287", w(`{"role":"assistant","content":"首先，这"}`, `"length"`), ev(d(`{"role":"assistant"}`), d(`{"content":"首先，"}`), d(`{"content":"这"}`), f("length"), end), `首先，这|||length`).checked("incomplete"),
	both("37 dify 440", `{"id":"chatcmpl-7","object":"chat.completion","created":1687660000,"model":"gpt-35-turbo","choices":[{"index":0,"finish_reason":"length","message":{"role":"assistant","content":"包括以下几"}}],"usage":{"completion_tokens":512,"prompt_tokens":88,"total_tokens":600}}`, ev(d(`{"role":"assistant"}`), d(`{"content":"包括以下几"}`), f("length"), u(`{"completion_tokens":512,"prompt_tokens":88,"total_tokens":600}`), end), `包括以下几|||length|88/512`).checked("incomplete").counting("88/512/600/0/0"),
	st("37 ChatGPT 1200", ev(d(`{"role":"assistant"}`), d(`{"content":"Sure, here"}`), f("length"), end), `Sure, here|||length`).checked("incomplete"),
	both("37 inspect_ai 5189", w(`{"role":"assistant","content":"The answer i"}`, `"stop"`), ev(d(`{"role":"assistant","content":"The answer"}`), d(`{"content":" i"}`), f("stop"), end), `The answer i|||stop`),
	// 38 OpenAI SSE parser shows [DONE] JSON parse exception
	st("38 ruby-openai 332", ev(d(`{"role":"assistant","content":""}`), d(`{"content":"Hel"}`), d(`{"content":"lo"}`), f("stop"), end), `Hello|||stop`).bytewise(),
	st("38 opencode 23442", ev(d(`{"role":"assistant","content":""}`), `{"id":"2026","object":"chat.completion.cdata: {"id":"2026","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"I"}}]}`, d(`{"content":" see"}`), f("stop"), end), `I see|||stop`),
	st("38 blazwitcher 92", ev(d(`{"content":"{\"a\":"}`), d(`{"content":"1}"}`), f("stop"), end), `{"a":1}|||stop`),
	er("38 betalgo 408", 502, `{"error":{"code":502,"message":"Bad gateway.","param":null,"type":"cf_bad_gateway"}}`, "upstream", "yes"),
	st("38 second-brain-cloudflare 353", ev(`{"choices":[{"delta":{"content":"Keep [DONE] in this sentence."}}]}`, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, end), `Keep [DONE] in this sentence.|||stop`),
	// 39 LLM tool call arguments empty string JSON decode error
	calling("39 vllm 19419", "get_time", ``, `||call_1,get_time,|tool_calls`).sendingBack(`"arguments":"{}"`),
	st("39 llm 1164", ev(d(`{"role":"assistant","content":"I'll check the version"}`), d(`{"content":" of llm for you."}`), tc(`{"index":0,"id":"toolu_01","type":"function","function":{"name":"llm_version","arguments":""}}`), f("tool_calls"), end), `I'll check the version of llm for you.||toolu_01,llm_version,|tool_calls`),
	calling("39 hermes-agent-evolution 1170", "mcp__tqmemory__health", ``, `||call_1,mcp__tqmemory__health,|tool_calls`),
	both("39 llm 1521", w(`{"role":"assistant","content":null,"tool_calls":[{"id":"call_m","type":"function","function":{"name":"llm_time","arguments":null}}]}`, `"tool_calls"`), ev(tc(`{"index":0,"id":"call_m","type":"function","function":{"name":"llm_time","arguments":null}}`), f("tool_calls"), end), `||call_m,llm_time,|tool_calls`),
	calling("39 dynamiq 734", "run", `{\"code\": \"a\nb\"}`, "||call_1,run,{\"code\": \"a\nb\"}|tool_calls"),
	// 40 LLM assistant content plus tool_calls in one message dropped
	both("40 command-code 807", w(`{"role":"assistant","content":"蓝鲸 海豚","tool_calls":[`+callOf("call_1", "ls", `{}`)+`]}`, `"tool_calls"`), ev(d(`{"role":"assistant","content":"蓝鲸 "}`), d(`{"content":"海豚"}`), tc(callOf("call_1", "ls", `{}`)), f("tool_calls"), end), `蓝鲸 海豚||call_1,ls,{}|tool_calls`).sendingBack(`"content":"蓝鲸 海豚"`),
	calling("40 mem0 6420", "add_memory", `{\"text\":\"a\"}`, `||call_1,add_memory,{"text":"a"}|tool_calls`),
	calling("40 langchain4j 1958", "sqrt", `{\"arg0\": 101}`, `||call_1,sqrt,{"arg0": 101}|tool_calls`).sendingBack(`"tool_calls":[{`, `"tool_call_id":"call_1"`),
	calling("40 aichat 1326", "get_current_weather", `{\"location\":\"Paris\"}`, `||call_1,get_current_weather,{"location":"Paris"}|tool_calls`).sendingBack(`"tool_calls":[{`),
	er("40 mlx-openai-server 205", 500, `{"error":{"message":"Message has tool role, but there was no previous assistant message with a tool call!","type":"server_error","param":null,"code":"500"}}`, "invalid_request", "no"),
	// 41 json_object mode model repeats whitespace until token limit
	both("41 ollama 2605", w(`{"role":"assistant","content":"{\"a\": 1}`+strings.Repeat(`\n`, 200)+`"}`, `"length"`), ev(d(`{"role":"assistant","content":"{\"a\": 1}"}`), strings.TrimSuffix(strings.Repeat(d(`{"content":"\n"}`)+"\n\ndata: ", 200), "\n\ndata: "), f("length"), end), `{"a": 1}`+strings.Repeat("\n", 200)+`|||length`).checked("incomplete"),
	both("41 atlas 143", w(`{"role":"assistant","content":"{\"tools\": [`+strings.Repeat(`\n\t`, 300)+`"}`, `"length"`), ev(d(`{"role":"assistant","content":"{\"tools\": ["}`), d(`{"content":"`+strings.Repeat(`\n\t`, 300)+`"}`), f("length"), end), `{"tools": [`+strings.Repeat("\n\t", 300)+`|||length`).checked("incomplete"),
	// 42 Workers AI OpenAI endpoint tool_calls response malformed
	plain("42 factory-droid-openai 37", `[bridge notice: dropped a malformed tool call for tool \"X\" `, `(12 bytes, undecodable payload).]`, `[bridge notice: dropped a malformed tool call for tool "X" (12 bytes, undecodable payload).]|||stop`),
}

// templateWords are what chat templates raise about the messages of a request. Servers that
// run a template within the request's handler answer 500.
var templateWords = []string{
	"Conversation roles must alternate user/assistant/user/assistant/...", "Only user and assistant roles are supported!", "System role not supported", "Unexpected message role.", "No user query found in messages.",
	"System message must be at the beginning.", "System message must be first", "System message cannot contain images.", "Unexpected item type in content.", "Unexpected content type.",
	"Unexpected reasoning effort max. Supported types are xhigh (default), medium, and low.", "Unsupported reasoning effort max", "No messages provided.", "Tool call is missing a function name.",
	"Tool call IDs should be alphanumeric strings with length 9!", "Tool call must have an id of 9 characters or numbers.", "Only text chunks are supported in system message contents.", "Only text and image blocks are supported in message content!",
	"Only user, system, assistant and tool roles are supported, got developer.", "Not the same number of function calls and responses!", "User message must have a string or a list of chunks in content",
	"Assistant message must have a string or a list of chunks in content or a list of tool calls.", "Assistant message cannot have both content and tool calls.", "Assistant role must provide content as a string",
	"This model only supports single tool-calls at once!", "Cannot put tools in the first user message when there's no first user message!", "Message has tool role, but there was no previous assistant message with a tool call!",
	"You have passed a message containing <|channel|> tags in the content field. Instead of doing this, you should pass analysis messages in the 'thinking' field, and final messages in the 'content' field.",
}

// likeDoorAnswerRows have those words under 500, as three servers wrap them.
var likeDoorAnswerRows = func() (rows []answerRow) {
	for _, said := range templateWords {
		quoted, _ := json.Marshal(said)
		for name, body := range map[string]string{"openai": `{"error":{"message":` + string(quoted) + `,"type":"server_error","param":null,"code":"500"}}`, "flat": `{"error":` + string(quoted) + `}`, "detail": `{"detail":` + string(quoted) + `}`} {
			rows = append(rows, er("like 40 "+name+" "+said, 500, body, "invalid_request", "no"))
		}
	}
	return rows
}()
