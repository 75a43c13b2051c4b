package chat

import (
	"cmp"
	"encoding/json"

	"github.com/buoy-go/buoy/internal/jscan"
)

// otherUsage has the numbers that some providers send under names of their own. They
// are also kept in Extra.
type otherUsage struct {
	input, output     int
	total, write      int
	short, long       int // written to the cache for minutes or for an hour
	hit, read, cached int
	thought           int
	cost              *float64
}

// maxLetters is as long as any name that is known.
const maxLetters = 40

// plainName is a name in small letters without underscores, so that it does not matter
// whether a gateway writes Go, Python or TypeScript; "" for a long one.
func plainName(buf *[maxLetters]byte, key []byte) []byte {
	n := 0
	for _, c := range key {
		if c == '_' {
			continue
		}
		if n == len(buf) {
			return nil
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[n] = c
		n++
	}
	return buf[:n]
}

// otherName reads a field of a usage whose name is not the usual one, or whose value is
// of another type, and stays before it.
func (d *decoder) otherName(key []byte, u *Usage, other *otherUsage) {
	if dst := other.named(key); dst != nil {
		d.peek(dst)
		return
	}
	var buf [maxLetters]byte
	switch name := plainName(&buf, key); string(name) {
	case "prompttokensdetails", "prompttokendetails", "inputtokensdetails", "inputtokendetails":
		var details PromptTokensDetails
		d.otherDetails(details.named)
		fillZeros(u.PromptTokensDetails.counts(), details.counts())
	case "completiontokensdetails", "completiontokendetails", "outputtokensdetails", "outputtokendetails":
		var details CompletionTokensDetails
		d.otherDetails(details.named)
		fillZeros(u.CompletionTokensDetails.counts(), details.counts())
	case "cost", "estimatedcost", "costusd", "totalcostusd", "costinusdticks":
		if cost := d.otherCost(name); cost != nil {
			other.cost = cost
		}
	}
}

// peek reads a count and stays before it. dst may be nil. One of 0 does not undo what
// stood under another of its names.
func (d *decoder) peek(dst *int) {
	if dst == nil {
		return
	}
	mark := d.Mark()
	if n := 0; d.int(&n) && n > 0 {
		*dst = n
	}
	d.Rewind(mark)
}

func (o *otherUsage) named(key []byte) *int {
	var buf [maxLetters]byte
	switch string(plainName(&buf, key)) {
	case "inputtokens", "prompttokens", "inputtokencount", "inputtexttokens": // Responses, Anthropic; Vercel; Bedrock; YandexGPT
		return &o.input
	case "outputtokens", "completiontokens", "outputtokencount":
		return &o.output
	case "totaltokens":
		return &o.total
	case "promptcachehittokens": // DeepSeek
		return &o.hit
	case "cachereadinputtokens", "cachereadtokens": // Anthropic, Bedrock
		return &o.read
	case "cachecreationinputtokens", "cachewriteinputtokens", "cachecreationtokens", "cachewritetokens":
		return &o.write
	case "claudecachecreation5mtokens": // new-api
		return &o.short
	case "claudecachecreation1htokens":
		return &o.long
	case "cachedtokens", "numcachedtokens", "precachedprompttokens", "cachedprompttokens", "promptcachedtokens", "cachedinputtokens": // Moonshot; Mistral; GigaChat; gateways
		return &o.cached
	case "reasoningtokens", "reasoningoutputtokens", "thinkingtokens": // SGLang
		return &o.thought
	}
	return nil
}

// fill sets what the usual names left at 0.
func (o *otherUsage) fill(u *Usage) {
	u.PromptTokens = cmp.Or(u.PromptTokens, o.input)
	u.CompletionTokens = cmp.Or(u.CompletionTokens, o.output)
	u.TotalTokens = cmp.Or(u.TotalTokens, o.total)
	t := &u.PromptTokensDetails
	t.CacheWriteTokens = cmp.Or(t.CacheWriteTokens, o.write, plus(o.short, o.long))
	t.CachedTokens = cmp.Or(t.CachedTokens, o.hit, o.read, o.cached)
	u.CompletionTokensDetails.ReasoningTokens = cmp.Or(u.CompletionTokensDetails.ReasoningTokens, o.thought)
	u.Cost = cmp.Or(u.Cost, o.cost)
}

func (t *PromptTokensDetails) counts() [6]*int {
	return [6]*int{&t.CachedTokens, &t.CacheWriteTokens, &t.TextTokens, &t.AudioTokens, &t.ImageTokens, &t.VideoTokens}
}

// named is the count that gateways send under this name: litellm, DashScope, new-api, LangChain.
func (t *PromptTokensDetails) named(key []byte) *int {
	var buf [maxLetters]byte
	switch string(plainName(&buf, key)) {
	case "cachedtokens", "cacheread", "cachereadtokens", "cachereadinputtokens", "prefixcachedtokens":
		return &t.CachedTokens
	case "cachewritetokens", "cachecreation", "cachecreationtokens", "cachedcreationtokens", "cachecreationinputtokens", "cachewriteinputtokens":
		return &t.CacheWriteTokens
	case "texttokens", "text":
		return &t.TextTokens
	case "audiotokens", "audio":
		return &t.AudioTokens
	case "imagetokens", "image":
		return &t.ImageTokens
	case "videotokens", "video":
		return &t.VideoTokens
	}
	return nil
}

func (t *CompletionTokensDetails) counts() [6]*int {
	return [6]*int{&t.ReasoningTokens, &t.TextTokens, &t.AudioTokens, &t.ImageTokens, &t.AcceptedPredictionTokens, &t.RejectedPredictionTokens}
}

func (t *CompletionTokensDetails) named(key []byte) *int {
	var buf [maxLetters]byte
	switch string(plainName(&buf, key)) {
	case "reasoningtokens", "reasoning", "thinkingtokens": // the last Anthropic
		return &t.ReasoningTokens
	case "texttokens", "text":
		return &t.TextTokens
	case "audiotokens", "audio":
		return &t.AudioTokens
	case "imagetokens", "image":
		return &t.ImageTokens
	case "acceptedpredictiontokens":
		return &t.AcceptedPredictionTokens
	case "rejectedpredictiontokens":
		return &t.RejectedPredictionTokens
	}
	return nil
}

// fillZeros sets those of the counts that are 0.
func fillZeros(counts, from [6]*int) {
	for i, n := range counts {
		*n = cmp.Or(*n, *from[i])
	}
}

// otherDetails reads an object of counts, or a list of modalities, and stays before it.
func (d *decoder) otherDetails(named func([]byte) *int) {
	mark := d.Mark()
	switch d.Kind() {
	case jscan.Array:
		modalities(d.Raw(), named)
	case jscan.Object:
		for ok := d.Object(); ok; {
			var key []byte
			if key, ok = d.Key(); ok {
				d.peek(named(key))
				d.Skip()
			}
		}
	}
	d.Rewind(mark)
}

// ticks are in a dollar: xAI counts in them.
const ticks = 1e10

// otherCost reads a price in US dollars under a name of its own (DeepInfra, xAI), or the
// object that Perplexity has, and stays before it.
func (d *decoder) otherCost(name []byte) (cost *float64) {
	mark := d.Mark()
	defer d.Rewind(mark)
	switch {
	case d.Kind() != jscan.Object:
		if d.float(&cost); cost != nil && string(name) == "costinusdticks" {
			*cost /= ticks
		}
	case string(name) == "cost":
		for ok := d.Object(); ok; {
			var key []byte
			if key, ok = d.Key(); ok && (string(key) != "total_cost" || !d.float(&cost)) {
				d.Skip()
			}
		}
	}
	return cost
}

// billedUnits reads the counts that Cohere has one level deeper.
func (u *Usage) billedUnits() {
	for _, name := range [...]string{"tokens", "billed_units"} {
		var n struct {
			Input  float64 `json:"input_tokens"`
			Output float64 `json:"output_tokens"`
		}
		raw := u.Extra[name]
		if len(raw) > 0 && json.Unmarshal(raw, &n) == nil && n.Input+n.Output > 0 && n.Input+n.Output < 1<<53 {
			u.PromptTokens, u.CompletionTokens = int(n.Input), int(n.Output)
			return
		}
	}
}
