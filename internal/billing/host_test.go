package billing

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCurrency(t *testing.T) {
	for host, want := range map[string]string{
		"api.aitunnel.ru": "RUB", "aitunnel.ru": "RUB", "API.AITUNNEL.RU.": "RUB",
		"openrouter.ai": "USD", "eu.openrouter.ai": "USD",
		"api.openai.com": "", "notopenrouter.ai": "", "openrouter.ai.example.com": "", "localhost": "", "": "",
	} {
		require.Equal(t, want, Currency(host), host)
	}
}
