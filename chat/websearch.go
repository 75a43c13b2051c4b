package chat

import "encoding/json"

// WebSearchOptions controls the web search of a model that has one (OpenAI).
type WebSearchOptions struct {
	SearchContextSize string // "low", "medium" (default) or "high"
	UserLocation      *UserLocation
}

// UserLocation is the approximate location of the user, for better search results.
type UserLocation struct {
	Country  string `json:"country,omitempty"` // two letters, ISO 3166-1
	Region   string `json:"region,omitempty"`
	City     string `json:"city,omitempty"`
	Timezone string `json:"timezone,omitempty"` // IANA
}

type wireWebSearch struct {
	SearchContextSize string        `json:"search_context_size,omitempty"`
	UserLocation      *wireLocation `json:"user_location,omitempty"`
}

type wireLocation struct {
	Type        string        `json:"type"`
	Approximate *UserLocation `json:"approximate"`
}

// MarshalJSON returns the options as they are sent to a provider.
func (o WebSearchOptions) MarshalJSON() ([]byte, error) {
	wire := wireWebSearch{SearchContextSize: o.SearchContextSize}
	if o.UserLocation != nil {
		wire.UserLocation = &wireLocation{Type: "approximate", Approximate: o.UserLocation}
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *WebSearchOptions) UnmarshalJSON(data []byte) error {
	var wire wireWebSearch
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*o = WebSearchOptions{SearchContextSize: wire.SearchContextSize}
	if wire.UserLocation != nil {
		o.UserLocation = wire.UserLocation.Approximate
	}
	return nil
}
