package envelope

import "strings"

// codeMember reads the members that hold a code of whatever sort.
func (e *evidence) codeMember(t *tree, c *node, k key, lv level, at int, m *member) {
	if k == statusKey && c.kind == object {
		// {"status":{"code":"42901","message":...},"result":null}
		e.container(t, c, errorKey, lv, at, m)
		return
	}
	s := t.str(c)
	if !stated(s) {
		return
	}
	switch k {
	case codeKey:
		e.setCode(s, "", lv, at)
		if lv == main {
			e.noteGRPC(s)
		}
	case grpcKey:
		e.noteGRPC(s)
		e.isGRPC = true
	case errorCodeKey:
		e.setCode(s, "errorcode", lv, at)
	case statusCodeKey, httpKey, statusKey:
		if code := httpCode(s); code != 0 {
			e.status[lv].set(code, at)
			if k == statusKey && lv == main && at > 0 && e.r.Code == "" && numeric(s) {
				e.r.Code, e.codeAt = s, at-1 // a code beats it
			}
		} else if c.kind == text && k == statusKey {
			e.note(lv, s)
			if lv == main && e.r.Type == "" && strings.ToUpper(s) == s {
				e.r.Type, e.typeAt = s, at-1 // Google's RESOURCE_EXHAUSTED; a type beats it
			}
		}
	case typeKey:
		e.setType(s, lv, at)
	case reasonKey:
		e.note(lv, s)
		if !token(s) {
			m.reason = or(m.reason, s)
		}
	case quotaIDKey:
		e.quotaPeriod(s, lv)
	}
}

// setCode takes one value of "code". prefix names the shape in whose own numbers it counts.
func (e *evidence) setCode(s, prefix string, lv level, at int) {
	if s == "" || s == "0" {
		return
	}
	if prefix != "" && numeric(s) {
		e.note(lv, prefix+s)
	}
	if prefix != "baseresp" {
		e.note(lv, s)
		if code := httpCode(s); code != 0 {
			e.code[lv].set(code, at)
		}
	}
	switch {
	case lv == main && (e.r.Code == "" || at > e.codeAt):
		e.r.Code, e.codeAt = s, at
	case lv != main && e.innerCode == "":
		e.innerCode = s
	}
}

func (e *evidence) setType(s string, lv level, at int) {
	// {"type":"error"} marks the envelope and names nothing; so does a schema's "object".
	if s == "error" || s == "object" || strings.HasPrefix(s, "response.") {
		return
	}
	e.note(lv, s)
	switch {
	case lv == main && (e.r.Type == "" || at > e.typeAt):
		e.r.Type, e.typeAt = s, at
	case lv != main && e.innerType == "" && token(s):
		e.innerType = s
	}
}

// quotaPeriod reads Google's quotaId, which tells a day's allowance from a minute's rate: "...PerDayPerProject..."
// against "...PerMinutePerProject...". Where both are listed, the day's is the one that waiting does not cure.
func (e *evidence) quotaPeriod(id string, lv level) {
	switch {
	case strings.Contains(id, "PerDay"), strings.Contains(id, "PerMonth"):
		e.codes[lv] = meaning{KindQuota, precise + 1}
	case strings.Contains(id, "PerMinute"), strings.Contains(id, "PerSecond"), strings.Contains(id, "PerHour"):
		if e.codes[lv].rank < precise {
			e.codes[lv] = meaning{KindRateLimit, precise}
		}
	}
}

// metaMember reads what a gateway says about a moderation and about the provider behind it.
func (e *evidence) metaMember(t *tree, c *node, k key) {
	if k == providerNameKey && c.kind != text || k == modelSlugKey && c.kind != text {
		return
	}
	switch k {
	case providerNameKey:
		if e.r.Upstream == nil {
			e.r.Upstream = new(Upstream)
		}
		e.r.Upstream.ProviderName = t.str(c)
	case patternsKey:
		// The patterns quote the prompt, so they stay in the metadata; that there are some is the evidence.
		if t.meaningful(c) {
			e.shape = KindModeration
		}
	case filterKey:
		e.filters(t, c)
	case reasonsKey:
		if c.kind != array {
			return
		}
		for f := t.first(c); f != nil && len(e.moderation().Reasons) < 32; f = t.after(f) {
			if s := t.str(f); s != "" {
				e.r.Moderation.Reasons = append(e.r.Moderation.Reasons, clean(s, maxField))
				e.shape = KindModeration
			}
		}
	case flaggedKey:
		if s := t.str(c); s != "" {
			e.moderation().FlaggedInput = excerpt(s, maxFlagged)
			e.shape = KindModeration
		}
	case modelSlugKey:
		e.moderation().ModelSlug = t.str(c)
	}
}

// gateway reads what a gateway says of the provider behind it.
func (e *evidence) gateway(t *tree, n *node) {
	for c := t.first(n); c != nil; c = t.after(c) {
		v, _ := t.truth(c)
		switch t.keyOf(c) {
		case upstreamFaultKey:
			e.upstreamFault = v
		case byokKey:
			e.byok = v
		case providerNameKey:
			e.gatewayed = c.kind == text
		}
	}
}

// filters reads Azure's {"hate":{"filtered":true,"severity":"high"}}: the filtered ones are the reasons.
func (e *evidence) filters(t *tree, n *node) {
	for c := t.first(n); c != nil; c = t.after(c) {
		for f := t.first(c); f != nil; f = t.after(f) {
			if v, ok := t.truth(f); ok && v && string(t.src[f.keyStart:f.keyEnd]) == "filtered" {
				e.moderation().Reasons = append(e.r.Moderation.Reasons, clean(string(t.src[c.keyStart:c.keyEnd]), maxField))
				e.shape = KindModeration
			}
		}
	}
}

func (e *evidence) moderation() *Moderation {
	if e.r.Moderation == nil {
		e.r.Moderation = new(Moderation)
	}
	return e.r.Moderation
}

// set keeps the number that stands nearest to the failure.
func (p *place) set(value, at int) {
	if p.value == 0 || at > p.at {
		p.value, p.at = value, at
	}
}

func numeric(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
