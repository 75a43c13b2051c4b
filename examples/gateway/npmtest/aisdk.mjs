// The AI SDK against the gateway, as client.mjs does it with the official client.
//
//   node aisdk.mjs BASE_URL

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, RetryError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";

const provider = createOpenAICompatible({ name: "gateway", baseURL: process.argv[2], apiKey: "ignored-by-the-gateway", includeUsage: true, supportsStructuredOutputs: true });
const quiet = { onError: () => {} }; // streamText prints errors otherwise

// failure runs f, which has to throw, and tells what it threw.
async function failure(f) {
  try {
    await f();
  } catch (e) {
    if (RetryError.isInstance(e)) return { class: "RetryError", attempts: e.errors.length };
    const { statusCode, isRetryable, data } = e;
    return { class: APICallError.isInstance(e) ? "APICallError" : e.name, status: statusCode, retryable: isRetryable, code: data?.error?.code };
  }
  return { class: "none: it succeeded" };
}

const look = tool({
  description: "Looks somewhere.",
  inputSchema: jsonSchema({ type: "object", properties: { at: { type: "string" } }, required: ["at"] }),
  execute: async ({ at }) => `a buoy at ${at}`,
});
const place = Output.object({ schema: jsonSchema({ type: "object", properties: { at: { type: "string" } }, required: ["at"] }) });

const scenarios = {
  async whole(model) {
    const r = await generateText({ model: provider(model), prompt: "Hello!" });
    return { text: r.text, finish: r.finishReason, attempts: r.response.headers["x-buoy-attempts"] };
  },

  async stream(model) {
    const r = streamText({ model: provider(model), prompt: "Hello!", ...quiet });
    let text = "";
    for await (const piece of r.textStream) text += piece;
    return { text, finish: await r.finishReason };
  },

  async usage(model) {
    const r = streamText({ model: provider(model), prompt: "Hello!", ...quiet });
    await r.consumeStream();
    const { inputTokens, outputTokens } = await r.usage;
    return { text: await r.text, inputTokens, outputTokens };
  },

  // The call, its result and the answer after it: two requests.
  async tool(model) {
    const r = await generateText({ model: provider(model), prompt: "Hello!", tools: { look }, stopWhen: stepCountIs(2) });
    return { text: r.text, steps: r.steps.length, input: r.steps[0].toolCalls[0].input, output: r.steps[0].toolResults[0].output };
  },

  async tool_stream(model) {
    const r = streamText({ model: provider(model), prompt: "Hello!", tools: { look }, stopWhen: stepCountIs(2), ...quiet });
    await r.consumeStream();
    const steps = await r.steps;
    return { text: await r.text, steps: steps.length, input: steps[0].toolCalls[0].input, output: steps[0].toolResults[0].output };
  },

  async object(model) {
    return (await generateText({ model: provider(model), prompt: "Hello!", output: place })).output;
  },

  async object_stream(model) {
    const r = streamText({ model: provider(model), prompt: "Hello!", output: place, ...quiet });
    await r.consumeStream();
    return await r.output;
  },

  auth: (model) => failure(() => generateText({ model: provider(model), prompt: "Hello!" })),
  rate_limit: (model) => failure(() => generateText({ model: provider(model), prompt: "Hello!", maxRetries: 0 })),
  bad_request: (model) => failure(() => generateText({ model: provider(model), prompt: "Hello!" })),
  unknown: (model) => failure(() => generateText({ model: provider(model), prompt: "Hello!" })),

  // What came before the failure is there, and then there is an error.
  async broken_stream(model) {
    const seen = { text: "", error: "" };
    for await (const part of streamText({ model: provider(model), prompt: "Hello!", ...quiet }).fullStream) {
      if (part.type === "text-delta") seen.text += part.text;
      if (part.type === "error") seen.error = typeof part.error === "string" ? part.error : (part.error?.message ?? "an error");
    }
    return { text: seen.text, failed: seen.error !== "" };
  },

  async leave(model) {
    const abort = new AbortController();
    for await (const part of streamText({ model: provider(model), prompt: "Hello!", abortSignal: abort.signal, ...quiet }).fullStream) {
      if (part.type === "text-delta") abort.abort();
      if (part.type === "abort") return "left";
    }
    return "the stream ended by itself";
  },
};

const seen = {};
for (const [name, run] of Object.entries(scenarios)) {
  seen[name] = await run(name).catch((e) => ({ unexpected: String(e) }));
}
console.log(JSON.stringify(seen));
