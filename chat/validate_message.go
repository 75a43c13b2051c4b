package chat

import (
	"path"
	"strconv"
	"strings"
)

const reasonBoth = "and parts are both set; content may only be their joined text"

func (v *validator) message(m *Message) {
	if m.Role == "" && !has(m.Extra, "role") {
		v.fail("role", reasonMissing)
	}
	switch m.Role {
	case RoleTool:
		if m.ToolCallID == "" && !has(m.Extra, "tool_call_id") {
			v.fail("tool_call_id", reasonMissing)
		}
	case RoleFunction:
		if m.Name == "" && !has(m.Extra, "name") {
			v.fail("name", reasonMissing)
		}
	}
	if m.Content != "" && len(m.Parts) > 0 && m.Content != joinText(m.Parts) {
		v.fail("content", reasonBoth)
	}
	switch m.ReasoningField {
	case "", "reasoning", reasoningAlias, reasoningText, reasoningDetails:
	default:
		v.fail("reasoning", "has a wire name other than reasoning, reasoning_content, reasoning_text and reasoning_details; use Extra")
	}
	v.parts(m.Parts)
	for i := range m.ToolCalls {
		at := v.at("tool_calls", i)
		v.toolCall(&m.ToolCalls[i])
		v.back(at)
	}
	if f := m.FunctionCall; f != nil {
		at := v.at("function_call", -1)
		v.functionCall(f)
		v.back(at)
	}
	for i := range m.Annotations {
		at := v.at("annotations", i)
		v.rawValues(m.Annotations[i].Extra)
		v.back(at)
	}
	v.raw("reasoning_details", m.ReasoningDetails)
	v.rawValues(m.Extra)
}

func (v *validator) parts(parts []Part) {
	for i := range parts {
		at := v.at("content", i)
		v.part(&parts[i])
		v.back(at)
	}
}

// part refuses parts that name a kind but do not carry it. An empty text is
// left to the provider: some take it.
func (v *validator) part(p *Part) {
	missing := func(field string, absent bool) {
		if absent && !has(p.Extra, p.Type) {
			v.fail(field, reasonMissing)
		}
	}
	if p.broken != "" {
		v.fail(p.Type, p.broken)
	}
	switch p.Type {
	case "":
		if !has(p.Extra, "type") {
			v.fail("type", reasonMissing)
		}
	case PartImageURL:
		missing("image_url.url", p.ImageURL == nil || p.ImageURL.URL == "")
		if p.ImageURL != nil && !has(p.Extra, PartImageURL) {
			v.source("image_url.url", p.ImageURL.URL, "image/", "ImageFile or ImageData")
		}
	case PartInputAudio:
		missing("input_audio.data", p.InputAudio == nil || p.InputAudio.Data == "")
	case PartFile:
		missing("file", p.File == nil || p.File.FileData == "" && p.File.FileID == "")
		if p.File != nil && !has(p.Extra, PartFile) {
			v.source("file.file_data", p.File.FileData, "", "File")
		}
	case PartVideoURL:
		missing("video_url.url", p.VideoURL == nil || p.VideoURL.URL == "")
		if p.VideoURL != nil && !has(p.Extra, PartVideoURL) {
			v.source("video_url.url", p.VideoURL.URL, "video/", "VideoData")
		}
	}
	v.rawValues(p.Extra)
}

// source refuses two mistakes in where the data of a part come from: the path of a file on
// this machine, and "png" for a media type. Base64 without a head, which some servers take,
// is left to them, as is a file: URL. family is how the right media type begins, "" where
// that cannot be told.
func (v *validator) source(field, url, family, fix string) {
	if isPath(url) {
		v.fail(field, "is the path of a file, which a provider cannot read: use "+fix+"; for a server that reads files of its own machine, write the field into Extra")
	}
	rest, ok := strings.CutPrefix(url[:min(len(url), longestHead)], "data:")
	if !ok {
		return
	}
	mime, _, ok := strings.Cut(rest, ",")
	mime, _, _ = strings.Cut(mime, ";")
	if ok && mime != "" && !strings.Contains(mime, "/") {
		v.fail(field, "has a media type without a slash: write "+strconv.Quote(mimeFix(mime, family)))
	}
}

// longestHead is how much of a data: URL is looked at for its media type.
const longestHead = 256

// mimeFix is the media type that was most likely meant.
func mimeFix(mime, family string) string {
	mime = strings.ToLower(mime)
	switch {
	case family == "":
		return "application/pdf"
	case mime == "jpg":
		mime = "jpeg"
	case mime == "base64", len(mime) > 10, strings.Trim(mime, "abcdefghijklmnopqrstuvwxyz0123456789") != "":
		mime = "..."
	}
	return family + mime
}

// longestPath is longer than the paths that people write.
const longestPath = 1024

// fileNames are the ends of names that only a file has.
var fileNames = map[string]bool{
	".png": true, ".jpg": true, ".jpeg": true, ".gif": true, ".webp": true, ".heic": true, ".heif": true, ".avif": true, ".bmp": true,
	".tif": true, ".tiff": true, ".svg": true, ".mp4": true, ".mov": true, ".webm": true, ".mkv": true, ".avi": true,
	".pdf": true, ".txt": true, ".md": true, ".csv": true, ".json": true, ".docx": true, ".xlsx": true, ".pptx": true,
}

// isPath reports what can only be the path of a file. What has a scheme, or begins with the
// name of a host, is none. Nor is base64, which has no dot, though that of a JPEG begins
// with a slash.
func isPath(s string) bool {
	if len(s) > longestPath || strings.HasPrefix(s, "//") || !strings.ContainsAny(s, `.\`) {
		return false
	}
	if scheme := strings.IndexByte(s, ':'); scheme >= 0 {
		return scheme == 1 && len(s) > 2 && (s[2] == '\\' || s[2] == '/') // a drive
	}
	for _, root := range [...]string{"/", "./", "../", "~/", `\`, `.\`, `..\`} {
		if strings.HasPrefix(s, root) {
			return true
		}
	}
	first, _, nested := strings.Cut(s, "/")
	return (!nested || !strings.Contains(first, ".")) && fileNames[strings.ToLower(path.Ext(s))]
}

func (v *validator) toolCall(c *ToolCall) {
	switch {
	case c.Type == ToolCustom || c.Type == "" && c.Custom != nil:
		if (c.Custom == nil || c.Custom.Name == "") && !has(c.Extra, ToolCustom) && !(c.Custom == nil && has(c.Extra, "name")) {
			v.fail("custom.name", reasonMissing)
		}
	case c.Type == ToolFunction || c.Type == "":
		if !has(c.Extra, ToolFunction) {
			at := v.at(ToolFunction, -1)
			v.functionCall(&c.Function)
			v.back(at)
		}
	}
	v.rawValues(c.Extra)
}

func (v *validator) functionCall(f *FunctionCall) {
	if f.Name == "" && !has(f.Extra, "name") {
		v.fail("name", reasonMissing)
	}
	v.rawValues(f.Extra)
}
