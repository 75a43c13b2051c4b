package buoy

import "github.com/buoy-go/buoy/chat"

// This file gives the words of package chat a name here, as os does with those of io/fs.
// A test compares the two lists.

// The words of a chat.
type (
	// Request is what is asked for. Model and Messages are needed. The fields used most are
	// Temperature, MaxTokens, Tools, ResponseFormat and Extra; optional scalars are
	// pointers (Temperature: new(0.2)).
	Request = chat.Request
	// Message is one turn of a conversation: Role, Content or Parts, ToolCalls. Make it
	// with [System], [User], [UserParts], [ToolResult] and so on. An answer's message can
	// be appended to the next request as it is.
	Message = chat.Message
	// Part is a piece of a message: text, a picture, sound, a file, a video. Make it with
	// [Text], [ImageURL], [ImageData], [InputAudio], [File] and so on.
	Part = chat.Part
	// Tool is something that the model may call. Make it with [FunctionTool],
	// [CustomTool] or [ServerTool].
	Tool = chat.Tool
	// ToolCall is the model's wish that a tool be called. Answer it with [ToolResult].
	ToolCall = chat.ToolCall
	// Response is a whole answer: Choices, Usage, Info. Its methods Text and ToolCalls
	// read the first choice; Check tells an answer from one that was withheld, refused or
	// cut short.
	Response = chat.Response
	// AnswerError is what [Response].Check returns: why an answer should not be used as it
	// is. Its kind is ErrModeration, ErrIncomplete or ErrNoContent.
	AnswerError = chat.AnswerError
	// Choice is one of the answers: Message and FinishReason. There is more than one
	// where Request.N asks for it.
	Choice = chat.Choice
	// Chunk is one event of a stream: Choices with what each grew by, and the Usage in
	// the last one. It is valid until the next one is asked for; its method Text returns
	// the first choice's new text, and Clone a copy that stays valid.
	Chunk = chat.Chunk
	// Usage is what an answer cost, as far as the provider told it: PromptTokens,
	// CompletionTokens, TotalTokens, and the price at gateways that tell it (CostRUB,
	// Cost).
	Usage = chat.Usage
	// CallInfo tells how an answer came about: Attempts, Endpoint, Model, RequestID. It
	// stands in [Response].Info and is returned by [Stream.Info].
	CallInfo = chat.CallInfo
	// Attempt is one request that was sent: where to, how long it took, how it ended and
	// what it cost.
	Attempt = chat.Attempt
)

// What a message is made of.
type (
	// PartImage is the picture of a part.
	PartImage = chat.PartImage
	// PartAudio is the sound of a part.
	PartAudio = chat.PartAudio
	// PartDocument is the file of a part.
	PartDocument = chat.PartDocument
	// PartVideo is the video of a part (AITUNNEL, OpenRouter).
	PartVideo = chat.PartVideo
	// FunctionCall names a function and its arguments.
	FunctionCall = chat.FunctionCall
	// CustomCall is the call of a custom tool.
	CustomCall = chat.CustomCall
	// Audio is a spoken answer.
	Audio = chat.Audio
	// Annotation is a remark on the text, mostly a source.
	Annotation = chat.Annotation
	// URLCitation is the source of a piece of text.
	URLCitation = chat.URLCitation
	// CacheControl marks where a prompt that is worth caching ends.
	CacheControl = chat.CacheControl
	// CacheBreakpoint is OpenAI's mark of where a prompt that is worth caching ends.
	CacheBreakpoint = chat.CacheBreakpoint
)

// What a request may ask for.
type (
	// FunctionDefinition describes a function that the model may call with JSON arguments.
	FunctionDefinition = chat.FunctionDefinition
	// CustomDefinition describes a tool that is called with free text.
	CustomDefinition = chat.CustomDefinition
	// CustomFormat restricts the text that a custom tool is called with.
	CustomFormat = chat.CustomFormat
	// Grammar is the grammar of a CustomFormat.
	Grammar = chat.Grammar
	// ToolChoice says which tool the model has to call.
	ToolChoice = chat.ToolChoice
	// ResponseFormat says what shape the answer has to have.
	ResponseFormat = chat.ResponseFormat
	// SchemaFormat is the schema of a structured answer.
	SchemaFormat = chat.SchemaFormat
	// Prediction is text that the answer will largely repeat, for example a file that is to
	// be edited; it makes the answer faster.
	Prediction = chat.Prediction
	// AudioOptions says how a spoken answer shall sound; Request.Modalities has to contain "audio".
	AudioOptions = chat.AudioOptions
	// Reasoning bounds how much a model thinks before it answers (AITUNNEL, OpenRouter).
	Reasoning = chat.Reasoning
	// StreamOptions says what a stream brings besides the answer.
	StreamOptions = chat.StreamOptions
	// UsageOptions asks OpenRouter to account in the reply; it does so by default now.
	UsageOptions = chat.UsageOptions
	// WebSearchOptions lets a search model look things up.
	WebSearchOptions = chat.WebSearchOptions
	// UserLocation is roughly where the user is.
	UserLocation = chat.UserLocation
	// ModerationOptions asks OpenAI to moderate along with the completion.
	ModerationOptions = chat.ModerationOptions
	// PromptCacheOptions steers the prompt cache for a whole request.
	PromptCacheOptions = chat.PromptCacheOptions
)

// How a gateway routes a request.
type (
	// ModelFallback is a model that AITUNNEL tries when the one before it fails.
	ModelFallback = chat.ModelFallback
	// ProviderPreferences steers which of its providers a gateway asks (OpenRouter; AITUNNEL
	// reads Sort).
	ProviderPreferences = chat.ProviderPreferences
	// MaxPrice bounds what OpenRouter may pay, in US dollars: per million tokens for Prompt
	// and Completion, else per piece.
	MaxPrice = chat.MaxPrice
	// Plugin switches on, or off, something that a gateway does before or after the model:
	// "context-compression", "file-parser", "web", "response-healing" ...
	Plugin = chat.Plugin
	// PDFOptions says how the file-parser plugin reads a PDF.
	PDFOptions = chat.PDFOptions
)

// What an answer brings.
type (
	// ChunkChoice is the news about one choice.
	ChunkChoice = chat.ChunkChoice
	// Delta is what a choice grew by.
	Delta = chat.Delta
	// ToolCallDelta is what a tool call grew by.
	ToolCallDelta = chat.ToolCallDelta
	// Logprobs are the log probabilities of a choice's tokens.
	Logprobs = chat.Logprobs
	// TokenLogprob is the log probability of one token.
	TokenLogprob = chat.TokenLogprob
	// TopLogprob is one of the likeliest tokens at a place.
	TopLogprob = chat.TopLogprob
	// PromptTokensDetails tells what the prompt's tokens were.
	PromptTokensDetails = chat.PromptTokensDetails
	// CompletionTokensDetails tells what the answer's tokens were.
	CompletionTokensDetails = chat.CompletionTokensDetails
	// ServerToolUse counts the calls of tools that the provider ran itself.
	ServerToolUse = chat.ServerToolUse
	// RateLimitInfo is what the reply's headers said of the provider's limits (x-ratelimit-*
	// and its relatives).
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

// System makes the instructions that stand above the conversation.
func System(text string) Message { return chat.System(text) }

// Developer makes the instructions for models that know the developer role,
// which for OpenAI's reasoning models replaces the system role.
func Developer(text string) Message { return chat.Developer(text) }

// User makes what the user says.
func User(text string) Message { return chat.User(text) }

// UserParts makes a user's message of several parts, for example a question
// about a picture.
func UserParts(parts ...Part) Message { return chat.UserParts(parts...) }

// Assistant makes what the model said.
func Assistant(text string) Message { return chat.Assistant(text) }

// ToolResult makes the answer to the tool call with the given id.
func ToolResult(id, content string) Message { return chat.ToolResult(id, content) }

// Text makes a text part.
func Text(text string) Part { return chat.Text(text) }

// ImageURL makes a part of a picture that the provider fetches. Set
// ImageURL.Detail of the result for another resolution than "auto".
func ImageURL(url string) Part { return chat.ImageURL(url) }

// ImageData makes a part of a picture that is sent along. The mime type is for
// example "image/png".
func ImageData(mime string, data []byte) Part { return chat.ImageData(mime, data) }

// InputAudio makes a part of sound that is sent along. The format is for example
// "wav" or "mp3".
func InputAudio(format string, data []byte) Part { return chat.InputAudio(format, data) }

// File makes a part of a file that is sent along, for example
// File("report.pdf", "application/pdf", data).
func File(name, mime string, data []byte) Part { return chat.File(name, mime, data) }

// FileURL makes a part of a file that the provider fetches (AITUNNEL,
// OpenRouter; OpenAI takes only data: here).
func FileURL(name, url string) Part { return chat.FileURL(name, url) }

// FileID makes a part of a file that was uploaded to the provider before.
func FileID(id string) Part { return chat.FileID(id) }

// VideoURL makes a part of a video that the provider fetches.
func VideoURL(url string) Part { return chat.VideoURL(url) }

// VideoData makes a part of a video that is sent along. The mime type is for
// example "video/mp4".
func VideoData(mime string, data []byte) Part { return chat.VideoData(mime, data) }

// FunctionTool makes a tool that calls a function of yours. The parameters are
// its JSON Schema, as json.RawMessage or anything that encodes to one.
func FunctionTool(name, description string, parameters any) Tool {
	return chat.FunctionTool(name, description, parameters)
}

// CustomTool makes a tool of yours that takes free text.
func CustomTool(name, description string) Tool { return chat.CustomTool(name, description) }

// ServerTool makes a tool that the provider runs itself, for example
// "aitunnel:web_search" or "openrouter:web_search".
func ServerTool(kind string, fields map[string]any) Tool { return chat.ServerTool(kind, fields) }

// ChooseAuto leaves it to the model whether to call a tool, which is the default.
func ChooseAuto() *ToolChoice { return chat.ChooseAuto() }

// ChooseNone forbids calling tools.
func ChooseNone() *ToolChoice { return chat.ChooseNone() }

// ChooseRequired makes the model call at least one tool.
func ChooseRequired() *ToolChoice { return chat.ChooseRequired() }

// ChooseFunction makes the model call this function.
func ChooseFunction(name string) *ToolChoice { return chat.ChooseFunction(name) }

// ChooseCustom makes the model call this custom tool.
func ChooseCustom(name string) *ToolChoice { return chat.ChooseCustom(name) }

// ChooseAllowed limits the model to the functions with these names. The mode is
// "auto" or "required".
func ChooseAllowed(mode string, functions ...string) *ToolChoice {
	return chat.ChooseAllowed(mode, functions...)
}

// JSONSchema asks for an answer that is JSON of this schema. The schema is a
// json.RawMessage or anything that encodes to a JSON Schema. With strict, OpenAI
// guarantees that the answer follows it, and refuses schemas for which it cannot.
func JSONSchema(name string, schema any, strict bool) *ResponseFormat {
	return chat.JSONSchema(name, schema, strict)
}

// JSONObject asks for an answer that is some JSON object. The prompt has to ask
// for JSON as well.
func JSONObject() *ResponseFormat { return chat.JSONObject() }

// PlainText asks for text, which is the default.
func PlainText() *ResponseFormat { return chat.PlainText() }

// Ephemeral makes a cache mark that lives for "5m" (also "") or "1h".
func Ephemeral(ttl string) *CacheControl { return chat.Ephemeral(ttl) }

// EstimateTokens guesses how many tokens a request's prompt has, without knowing
// the model's tokenizer: a token for 4 bytes of text, tool calls, tools and
// schemas, 4 tokens for each message, and flat guesses for what is no text: 1,000
// for a picture (85 with low detail) and for a sound, 4,000 for a file, 10,000 for
// a video. It is what [RateLimit] goes by unless its Estimate knows better.
func EstimateTokens(r *Request) int { return chat.EstimateTokens(r) }
