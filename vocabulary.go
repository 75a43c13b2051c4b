package buoy

import "github.com/buoy-go/buoy/chat"

// This file gives the names of package chat a second name here, as os does with those of
// io/fs. A test compares the two lists.

// What a chat consists of.
type (
	// Request is a request to a model. Set Model and Messages. The other fields used
	// most are Temperature, MaxTokens, Tools, ResponseFormat and Extra. Optional
	// numbers are pointers: Temperature: new(0.2).
	Request = chat.Request
	// Message is one turn of a conversation: Role, Content or Parts, ToolCalls. Make it
	// with [System], [User], [UserParts], [ToolResult] and so on. The message of an
	// answer can be appended to the next request unchanged.
	Message = chat.Message
	// Part is a piece of a message: text, a picture, audio, a file or a video. Make it
	// with [Text], [ImageURL], [ImageData], [InputAudio], [File] and so on.
	Part = chat.Part
	// Tool is a tool that the model may call. Make it with [FunctionTool], [CustomTool]
	// or [ServerTool].
	Tool = chat.Tool
	// ToolCall is the model's request to call a tool. Answer it with [ToolResult].
	ToolCall = chat.ToolCall
	// Response is a whole answer: Choices, Usage, Info. Its methods Text and ToolCalls
	// read the first choice. Check finds an answer that was withheld, refused or cut
	// short.
	Response = chat.Response
	// AnswerError is the error of [Response].Check: why an answer should not be used.
	// Its kind is ErrModeration, ErrIncomplete or ErrNoContent.
	AnswerError = chat.AnswerError
	// Choice is one of the answers: Message and FinishReason. There are several if
	// Request.N is more than 1.
	Choice = chat.Choice
	// Chunk is one event of a stream: Choices with what was added to each, and the
	// Usage in the last one. It stays valid, apart from its Raw. Text returns the new
	// text of the first choice.
	Chunk = chat.Chunk
	// Usage says what an answer cost, as far as the provider reported it: PromptTokens,
	// CompletionTokens, TotalTokens, and from some gateways the price (CostRUB, Cost).
	Usage = chat.Usage
	// CallInfo describes how the client got an answer: Attempts, Endpoint, Model,
	// RequestID. It is in [Response].Info, and [Stream.Info] returns it.
	CallInfo = chat.CallInfo
	// Attempt describes one request that was sent: where to, how long it took, how it
	// ended and what it cost.
	Attempt = chat.Attempt
)

// What a message is made of.
type (
	// PartImage is the picture in a part.
	PartImage = chat.PartImage
	// PartAudio is the audio in a part.
	PartAudio = chat.PartAudio
	// PartDocument is the file in a part.
	PartDocument = chat.PartDocument
	// PartVideo is the video in a part (AITUNNEL, OpenRouter).
	PartVideo = chat.PartVideo
	// FunctionCall names a function and its arguments.
	FunctionCall = chat.FunctionCall
	// CustomCall is a call of a custom tool.
	CustomCall = chat.CustomCall
	// Audio is a spoken answer.
	Audio = chat.Audio
	// Annotation is a note on the text, in most cases a source.
	Annotation = chat.Annotation
	// URLCitation is the source of a piece of text.
	URLCitation = chat.URLCitation
	// CacheControl marks the end of a prompt prefix that the provider should cache.
	CacheControl = chat.CacheControl
	// CacheBreakpoint is OpenAI's mark for the end of a prompt prefix to be cached.
	CacheBreakpoint = chat.CacheBreakpoint
)

// What a request may ask for.
type (
	// FunctionDefinition describes a function that the model may call with JSON arguments.
	FunctionDefinition = chat.FunctionDefinition
	// CustomDefinition describes a tool that the model calls with free text.
	CustomDefinition = chat.CustomDefinition
	// CustomFormat restricts the text with which the model calls a custom tool.
	CustomFormat = chat.CustomFormat
	// Grammar is the grammar of a CustomFormat.
	Grammar = chat.Grammar
	// ToolChoice says which tools the model may or must call.
	ToolChoice = chat.ToolChoice
	// ResponseFormat says what form the answer must have.
	ResponseFormat = chat.ResponseFormat
	// SchemaFormat is the schema of a structured answer.
	SchemaFormat = chat.SchemaFormat
	// Prediction is text that most of the answer will repeat, for example a file to be
	// edited. It makes the answer faster.
	Prediction = chat.Prediction
	// AudioOptions says how a spoken answer should sound. Request.Modalities must
	// contain "audio".
	AudioOptions = chat.AudioOptions
	// Reasoning limits how much a model thinks before it answers (AITUNNEL,
	// OpenRouter).
	Reasoning = chat.Reasoning
	// StreamOptions asks for more in a stream than the answer.
	StreamOptions = chat.StreamOptions
	// UsageOptions asks OpenRouter for the usage in the reply. It now sends it by
	// default.
	UsageOptions = chat.UsageOptions
	// WebSearchOptions controls the web search of a model that has one (OpenAI).
	WebSearchOptions = chat.WebSearchOptions
	// UserLocation is the approximate location of the user, for better search results.
	UserLocation = chat.UserLocation
	// ModerationOptions asks OpenAI to moderate the request and its answer.
	ModerationOptions = chat.ModerationOptions
	// PromptCacheOptions controls the prompt cache for a whole request (OpenAI).
	PromptCacheOptions = chat.PromptCacheOptions
)

// How a gateway routes a request.
type (
	// ModelFallback is a model that AITUNNEL tries if the one before it fails.
	ModelFallback = chat.ModelFallback
	// ProviderPreferences controls which providers a gateway uses (OpenRouter; AITUNNEL
	// reads only Sort).
	ProviderPreferences = chat.ProviderPreferences
	// MaxPrice limits what OpenRouter may pay, in US dollars: per million tokens for
	// Prompt and Completion, per piece for the rest.
	MaxPrice = chat.MaxPrice
	// Plugin turns on or off something that a gateway does before or after the model:
	// "context-compression", "file-parser", "web", "response-healing" and others.
	Plugin = chat.Plugin
	// PDFOptions says how the file-parser plugin reads a PDF.
	PDFOptions = chat.PDFOptions
)

// What an answer brings.
type (
	// ChunkChoice is the part of a [Chunk] that belongs to one choice.
	ChunkChoice = chat.ChunkChoice
	// Delta is what was added to a choice.
	Delta = chat.Delta
	// ToolCallDelta is what was added to a tool call.
	ToolCallDelta = chat.ToolCallDelta
	// Logprobs are the log probabilities of a choice's tokens.
	Logprobs = chat.Logprobs
	// TokenLogprob is the log probability of one token.
	TokenLogprob = chat.TokenLogprob
	// TopLogprob is one of the most likely tokens at a position.
	TopLogprob = chat.TopLogprob
	// PromptTokensDetails breaks down the tokens of the prompt.
	PromptTokensDetails = chat.PromptTokensDetails
	// CompletionTokensDetails breaks down the tokens of the answer.
	CompletionTokensDetails = chat.CompletionTokensDetails
	// ServerToolUse counts the calls of tools that the provider ran itself.
	ServerToolUse = chat.ServerToolUse
	// RateLimitInfo has the provider's limits as the headers of the reply reported them
	// (x-ratelimit-* and similar).
	RateLimitInfo = chat.RateLimitInfo
	// Allowance is one limit of a provider.
	Allowance = chat.Allowance
)

// Roles of a Message.
const (
	RoleSystem    = chat.RoleSystem
	RoleDeveloper = chat.RoleDeveloper
	RoleUser      = chat.RoleUser
	RoleAssistant = chat.RoleAssistant
	RoleTool      = chat.RoleTool
	RoleFunction  = chat.RoleFunction
)

// Types of a Part.
const (
	PartText       = chat.PartText
	PartRefusal    = chat.PartRefusal
	PartImageURL   = chat.PartImageURL
	PartInputAudio = chat.PartInputAudio
	PartFile       = chat.PartFile
	PartVideoURL   = chat.PartVideoURL
)

// Reasons why a choice ended, as providers write them.
const (
	FinishStop          = chat.FinishStop
	FinishLength        = chat.FinishLength
	FinishToolCalls     = chat.FinishToolCalls
	FinishFunctionCall  = chat.FinishFunctionCall
	FinishContentFilter = chat.FinishContentFilter
	FinishError         = chat.FinishError
)

// Types of a Tool and a ToolCall.
const (
	ToolFunction = chat.ToolFunction
	ToolCustom   = chat.ToolCustom
)

// System makes a message with instructions that apply to the whole conversation.
func System(text string) Message { return chat.System(text) }

// SystemParts is [System] with several parts.
func SystemParts(parts ...Part) Message { return chat.SystemParts(parts...) }

// Developer makes a message with instructions, like [System], for models that know the
// developer role. OpenAI's reasoning models use it instead of the system role.
func Developer(text string) Message { return chat.Developer(text) }

// User makes a message from the user.
func User(text string) Message { return chat.User(text) }

// UserParts makes a message from the user with several parts, for example a question
// about a picture.
func UserParts(parts ...Part) Message { return chat.UserParts(parts...) }

// Assistant makes a message from the model.
func Assistant(text string) Message { return chat.Assistant(text) }

// ToolResult makes the message with the result of the tool call that has this id.
func ToolResult(id, content string) Message { return chat.ToolResult(id, content) }

// Text makes a text part.
func Text(text string) Part { return chat.Text(text) }

// ImageURL makes a part with a picture that the provider downloads. Set ImageURL.Detail
// of the result for a resolution other than "auto".
func ImageURL(url string) Part { return chat.ImageURL(url) }

// ImageData makes a part with a picture that is sent in the request. The MIME type is
// for example "image/png".
func ImageData(mime string, data []byte) Part { return chat.ImageData(mime, data) }

// ImageFile makes a part with a picture that is read from a file, at once. If that fails,
// each call with the part fails, with the reason in a [RequestError].
func ImageFile(path string) Part { return chat.ImageFile(path) }

// InputAudio makes a part with audio that is sent in the request. The format is "wav"
// or "mp3", for example.
func InputAudio(format string, data []byte) Part { return chat.InputAudio(format, data) }

// AudioFile is [ImageFile] for audio.
func AudioFile(path string) Part { return chat.AudioFile(path) }

// File makes a part with a file that is sent in the request, for example
// File("report.pdf", "application/pdf", data).
func File(name, mime string, data []byte) Part { return chat.File(name, mime, data) }

// FileURL makes a part with a file that the provider downloads (AITUNNEL, OpenRouter).
// OpenAI accepts only data: URLs here.
func FileURL(name, url string) Part { return chat.FileURL(name, url) }

// FileID makes a part that refers to a file uploaded to the provider before.
func FileID(id string) Part { return chat.FileID(id) }

// VideoURL makes a part with a video that the provider downloads.
func VideoURL(url string) Part { return chat.VideoURL(url) }

// VideoData makes a part with a video that is sent in the request. The MIME type is for
// example "video/mp4".
func VideoData(mime string, data []byte) Part { return chat.VideoData(mime, data) }

// FunctionTool makes a tool from a function of yours. The parameters are the JSON
// Schema of its arguments: a json.RawMessage, or any value that encodes to one.
func FunctionTool(name, description string, parameters any) Tool {
	return chat.FunctionTool(name, description, parameters)
}

// CustomTool makes a tool of yours that takes free text.
func CustomTool(name, description string) Tool { return chat.CustomTool(name, description) }

// ServerTool makes a tool that the provider runs itself. The kind is its type, for
// example "aitunnel:web_search" or "openrouter:web_search".
func ServerTool(kind string, fields map[string]any) Tool { return chat.ServerTool(kind, fields) }

// ChooseAuto lets the model decide whether to call a tool. This is the default.
func ChooseAuto() *ToolChoice { return chat.ChooseAuto() }

// ChooseNone forbids tool calls.
func ChooseNone() *ToolChoice { return chat.ChooseNone() }

// ChooseRequired makes the model call at least one tool.
func ChooseRequired() *ToolChoice { return chat.ChooseRequired() }

// ChooseFunction makes the model call this function.
func ChooseFunction(name string) *ToolChoice { return chat.ChooseFunction(name) }

// ChooseCustom makes the model call this custom tool.
func ChooseCustom(name string) *ToolChoice { return chat.ChooseCustom(name) }

// ChooseAllowed limits the model to the functions with these names. The mode is "auto"
// (it may call one) or "required" (it must).
func ChooseAllowed(mode string, functions ...string) *ToolChoice {
	return chat.ChooseAllowed(mode, functions...)
}

// JSONSchema asks for an answer in JSON that follows a schema. The schema is a
// json.RawMessage, or any value that encodes to a JSON Schema. With strict, OpenAI
// guarantees that the answer follows the schema. It refuses schemas for which it
// cannot.
func JSONSchema(name string, schema any, strict bool) *ResponseFormat {
	return chat.JSONSchema(name, schema, strict)
}

// JSONObject asks for an answer that is a JSON object of any form. The prompt must ask
// for JSON, too.
func JSONObject() *ResponseFormat { return chat.JSONObject() }

// PlainText asks for text. This is the default.
func PlainText() *ResponseFormat { return chat.PlainText() }

// Ephemeral makes a cache mark with a lifetime of "5m" or "1h". "" means the provider's
// default, 5 minutes.
func Ephemeral(ttl string) *CacheControl { return chat.Ephemeral(ttl) }

// EstimateTokens estimates the number of tokens in a request's prompt without the
// model's tokenizer. It counts one token for 4 bytes of text, tool calls, tools and
// schemas, and 4 tokens for each message. Everything else counts as a fixed number:
// 1,000 for a picture (85 with low detail), 1,000 for audio, 4,000 for a file and
// 10,000 for a video. [RateLimit] uses it unless its Estimate field is set.
func EstimateTokens(r *Request) int { return chat.EstimateTokens(r) }
