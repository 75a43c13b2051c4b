// The official OpenAI client against the gateway. Each scenario asks for the model
// of its name and puts what it saw into the object that is printed at the end;
// npm_internal_test.go starts the gateway, runs this file and judges.
//
//   node client.mjs BASE_URL

import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "ignored-by-the-gateway" });
const ask = (model, more = {}) => ({ model, messages: [{ role: "user", content: "Hello!" }], ...more });

// failure runs f, which has to throw, and tells what it threw.
async function failure(f) {
  try {
    await f();
  } catch (e) {
    const { status, type, code, param, message, requestID } = e;
    return { class: e.constructor.name, isAPIError: e instanceof OpenAI.APIError, status, type, code, param, message, requestID };
  }
  return { class: "none: it succeeded" };
}

// read collects a stream as far as it comes.
async function read(stream, seen) {
  for await (const chunk of stream) {
    seen.text += chunk.choices[0]?.delta?.content ?? "";
    seen.chunks++;
    seen.usage ??= chunk.usage?.total_tokens;
    seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
  }
  return seen;
}

const scenarios = {
  async whole(model) {
    const { data, response, request_id } = await client.chat.completions.create(ask(model)).withResponse();
    return {
      text: data.choices[0].message.content, finish: data.choices[0].finish_reason, requestID: request_id,
      attempts: response.headers.get("x-buoy-attempts"),
    };
  },

  async stream(model) {
    return read(await client.chat.completions.create(ask(model, { stream: true })), { text: "", chunks: 0 });
  },

  async usage(model) {
    const more = { stream: true, stream_options: { include_usage: true } };
    return read(await client.chat.completions.create(ask(model, more)), { text: "", chunks: 0 });
  },

  async tool(model) {
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: { at: { type: "string" } } } } }];
    const reply = await client.chat.completions.create(ask(model, { tools }));
    return reply.choices[0].message.tool_calls;
  },

  // The client's own helper puts the pieces of a streamed call together.
  async tool_stream(model) {
    const tools = [{ type: "function", function: { name: "look", parameters: { type: "object", properties: { at: { type: "string" } } } } }];
    const reply = await client.chat.completions.stream(ask(model, { tools })).finalChatCompletion();
    return reply.choices[0].message.tool_calls.map(({ id, type, function: { name, arguments: args } }) => ({ id, type, function: { name, arguments: args } }));
  },

  // Structured output, which the client itself parses.
  async object(model) {
    const schema = { type: "object", properties: { at: { type: "string" } }, required: ["at"], additionalProperties: false };
    const response_format = { type: "json_schema", json_schema: { name: "place", strict: true, schema } };
    const reply = await client.chat.completions.parse(ask(model, { response_format }));
    return JSON.parse(reply.choices[0].message.content);
  },

  async fallback(model) {
    const { data, response } = await client.chat.completions.create(ask(model, { models: ["whole"] })).withResponse();
    return { text: data.choices[0].message.content, model: response.headers.get("x-buoy-model") };
  },

  auth: (model) => failure(() => client.chat.completions.create(ask(model))),
  rate_limit: (model) => failure(() => client.chat.completions.create(ask(model))),
  bad_request: (model) => failure(() => client.chat.completions.create(ask(model))),
  server: (model) => failure(() => client.chat.completions.create(ask(model))),
  unknown: (model) => failure(() => client.chat.completions.create(ask(model))),
  refused_stream: (model) => failure(() => client.chat.completions.create(ask(model, { stream: true }))),

  // What came before the failure is there, and then it throws.
  async broken_stream(model) {
    const seen = { text: "", chunks: 0 };
    const thrown = await failure(async () => read(await client.chat.completions.create(ask(model, { stream: true })), seen));
    return { ...thrown, text: seen.text };
  },

  async models() {
    return (await client.models.list()).data.map((m) => m.id).includes("whole");
  },

  // An abort ends a call that nobody has answered yet.
  async abort(model) {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    return failure(() => client.chat.completions.create(ask(model), { signal: abort.signal }));
  },

  // Leaving the loop closes the connection; the Go side sees the provider's end.
  async leave(model) {
    for await (const chunk of await client.chat.completions.create(ask(model, { stream: true }))) {
      if (chunk.choices[0]?.delta?.content) return "left";
    }
    return "the stream ended by itself";
  },
};

const seen = {};
for (const [name, run] of Object.entries(scenarios)) {
  seen[name] = await run(name).catch((e) => ({ unexpected: String(e) }));
}
console.log(JSON.stringify(seen));
