package billing

import "strings"

// Currency is the currency in which the API of a host tells what an answer has cost, and
// "" for those that tell nothing, as far as is known.
func Currency(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for domain, currency := range map[string]string{"aitunnel.ru": "RUB", "openrouter.ai": "USD"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return currency
		}
	}
	return ""
}
