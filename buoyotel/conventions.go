package buoyotel

// The names of semantic-conventions-genai v0.1.0, which depends on semconv v1.45.0. No
// package of OpenTelemetry has them: genaiconv ends with semconv v1.41.0.
const (
	schemaURL = "https://opentelemetry.io/schemas/gen-ai/0.1.0"
	scopeName = "github.com/buoy-go/buoy/buoyotel"

	attrOperation        = "gen_ai.operation.name"
	attrProvider         = "gen_ai.provider.name"
	attrRequestModel     = "gen_ai.request.model"
	attrRequestStream    = "gen_ai.request.stream"
	attrTemperature      = "gen_ai.request.temperature"
	attrTopP             = "gen_ai.request.top_p"
	attrTopK             = "gen_ai.request.top_k"
	attrMaxTokens        = "gen_ai.request.max_tokens"
	attrFrequencyPenalty = "gen_ai.request.frequency_penalty"
	attrPresencePenalty  = "gen_ai.request.presence_penalty"
	attrSeed             = "gen_ai.request.seed"
	attrChoices          = "gen_ai.request.choice.count"
	attrReasoningLevel   = "gen_ai.request.reasoning.level"
	attrResponseModel    = "gen_ai.response.model"
	attrResponseID       = "gen_ai.response.id"
	attrFinishReasons    = "gen_ai.response.finish_reasons"
	attrFirstChunk       = "gen_ai.response.time_to_first_chunk"
	attrInputTokens      = "gen_ai.usage.input_tokens"
	attrOutputTokens     = "gen_ai.usage.output_tokens"
	attrCacheRead        = "gen_ai.usage.cache_read.input_tokens"
	attrCacheWrite       = "gen_ai.usage.cache_write.input_tokens"
	attrReasoningTokens  = "gen_ai.usage.reasoning.output_tokens"
	attrInputMessages    = "gen_ai.input.messages"
	attrOutputMessages   = "gen_ai.output.messages"
	attrModality         = "gen_ai.token.modality"
	attrTokenType        = "gen_ai.token.type" // v1.41.0
	attrServerAddress    = "server.address"
	attrServerPort       = "server.port"
	attrErrorType        = "error.type"
	attrResendCount      = "http.request.resend_count"
	attrStatusCode       = "http.response.status_code"

	operationChat = "chat"

	metricDuration        = "gen_ai.client.inference.duration"
	metricFirstChunk      = "gen_ai.client.inference.time_to_first_chunk"
	metricPerChunk        = "gen_ai.client.inference.time_per_output_chunk"
	metricInput           = "gen_ai.client.inference.usage.input_tokens"
	metricOutput          = "gen_ai.client.inference.usage.output_tokens"
	metricCacheRead       = "gen_ai.client.inference.usage.cache_read.input_tokens"
	metricCacheWrite      = "gen_ai.client.inference.usage.cache_write.input_tokens"
	metricReasoning       = "gen_ai.client.inference.usage.reasoning.output_tokens"
	metricOperationInput  = "gen_ai.client.inference.operation.input_tokens"
	metricOperationOutput = "gen_ai.client.inference.operation.output_tokens"
	metricDuration141     = "gen_ai.client.operation.duration"
	metricTokenUsage141   = "gen_ai.client.token.usage"
)

// Names of buoy's own.
const (
	spanAttempt = "buoy attempt"

	attrEndpoint      = "buoy.endpoint"
	attrModel         = "buoy.model"
	attrAttempts      = "buoy.attempts"
	attrNumber        = "buoy.attempt.number"
	attrHedge         = "buoy.attempt.hedge"
	attrAttemptInput  = "buoy.attempt.input_tokens"
	attrAttemptOutput = "buoy.attempt.output_tokens"
	attrWait          = "buoy.wait" // seconds
	attrWaitFor       = "buoy.wait.for"
	attrTo            = "buoy.to.endpoint"
	attrToModel       = "buoy.to.model"
	attrLastResort    = "buoy.last_resort"
	attrContinued     = "buoy.continued"
	attrKeyState      = "buoy.key.state"
	attrReason        = "buoy.key.reason"
	attrStop          = "buoy.stop"
	attrRepaired      = "buoy.repaired"
	attrDegraded      = "buoy.degraded"
	attrCache         = "buoy.cache"
	attrRequestID     = "buoy.provider_request_id"
	attrTruncated     = "buoy.content.truncated"
	attrState         = "buoy.breaker.state"
	attrQuota         = "buoy.quota"
	attrThreshold     = "buoy.quota.threshold"
	attrCurrency      = "buoy.currency"
	attrQueueMove     = "buoy.queue.move"
	attrCacheResult   = "buoy.cache.result"
	attrCacheLevel    = "buoy.cache.level"

	eventRetry      = "buoy.retry"
	eventFallback   = "buoy.fallback"
	eventHedge      = "buoy.hedge"
	eventRecovery   = "buoy.recovery"
	eventKey        = "buoy.key"
	eventWait       = "buoy.wait"
	eventFirstToken = "buoy.first_token"

	metricAttempt    = "buoy.attempt.duration"
	metricCost       = "buoy.cost"
	metricRetries    = "buoy.retries"
	metricFallbacks  = "buoy.fallbacks"
	metricHedges     = "buoy.hedges"
	metricRecoveries = "buoy.recoveries"
	metricStops      = "buoy.stops"
	metricRepaired   = "buoy.repaired"
	metricKeyChanges = "buoy.key.changes"
	metricBreakers   = "buoy.breaker.changes"
	metricWait       = "buoy.wait.duration"
	metricThresholds = "buoy.quota.thresholds"

	metricJobs   = "buoy.queue.jobs"
	metricJobAge = "buoy.queue.age"
	metricDepth  = "buoy.queue.depth"
	metricCached = "buoy.cache.results"
	metricSaved  = "buoy.cache.saved_tokens"

	gaugeBudget  = "buoy.retry_budget.share"
	gaugeBreaker = "buoy.breaker.state"
	gaugeKeys    = "buoy.keys"
	gaugeRunning = "buoy.limit.running"
	gaugeWaiting = "buoy.limit.waiting"
	gaugeQuota   = "buoy.quota.share"
)

// The buckets of the conventions.
var (
	secondsBuckets = []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	jobBuckets     = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536} // buoy's own
	tokensBuckets  = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
)
