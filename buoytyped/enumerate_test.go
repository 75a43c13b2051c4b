package buoytyped_test

import (
	"encoding/json"
	"testing"

	"github.com/buoy-go/buoy"
	"github.com/buoy-go/buoy/buoytest"
	"github.com/buoy-go/buoy/buoytyped"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
)

type unit string

// tagged has every form of field that the tag enum may stand on.
type tagged struct {
	Unit  unit      `json:"unit" enum:"celsius,fahrenheit" jsonschema:"of the temperature"`
	Maybe *string   `json:"maybe" enum:"a, b"`
	Left  string    `json:"left,omitempty" enum:"x"`
	Level int       `json:"level" enum:"1,2,3"`
	Port  uint16    `enum:"80,443"`
	Rate  float64   `json:"rate" enum:"0.5,1"`
	Tags  []string  `json:"tags" enum:"red,green"`
	Grid  [2][]*int `json:"grid" enum:"0,1"`
	Inner struct {
		Size string `json:"size" enum:"S,M,L"`
	} `json:"inner"`
	List []ranked          `json:"list"`
	Map  map[string]ranked `json:"map"`
	ranked
}

type ranked struct {
	Rank string `json:"rank" enum:"first,last"`
}

const taggedAnswer = `{"unit":"celsius","maybe":null,"left":"x","level":2,"Port":443,"rate":0.5,"tags":["red"],"grid":[[1],[0]],"inner":{"size":"M"},"list":[{"rank":"last"}],"map":{"k":{"rank":"first"}},"rank":"last"}`

func TestEnumTags(t *testing.T) {
	format, err := buoytyped.Format[tagged]()
	require.NoError(t, err)
	var sent struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(format.JSONSchema.Schema.(json.RawMessage), &sent))
	for name, want := range map[string]string{
		"unit":  `{"type":"string","description":"of the temperature","enum":["celsius","fahrenheit"]}`,
		"maybe": `{"anyOf":[{"type":"string","enum":["a","b"]},{"type":"null"}]}`,
		"left":  `{"anyOf":[{"type":"string","enum":["x"]},{"type":"null"}]}`,
		"level": `{"type":"integer","enum":[1,2,3]}`,
		"rate":  `{"type":"number","enum":[0.5,1]}`,
		"tags":  `{"type":"array","items":{"type":"string","enum":["red","green"]}}`,
		"inner": `{"type":"object","properties":{"size":{"type":"string","enum":["S","M","L"]}},"required":["size"],"additionalProperties":false}`,
		"rank":  `{"type":"string","enum":["first","last"]}`,
	} {
		require.JSONEq(t, want, string(sent.Properties[name]), name)
	}
	_, client := provider(t, buoytest.Reply(taggedAnswer))
	got, _, err := buoytyped.ChatAs[tagged](t.Context(), client, question())
	require.NoError(t, err)
	require.Equal(t, unit("celsius"), got.Unit)
	require.Equal(t, uint16(443), got.Port)
	require.Equal(t, "first", got.Map["k"].Rank)

	// Each of the values is held against the tag.
	var whole map[string]any
	require.NoError(t, json.Unmarshal([]byte(taggedAnswer), &whole))
	for name, value := range map[string]any{
		"unit": "kelvin", "maybe": "c", "left": "y", "level": 4, "Port": 81, "rate": 0.75, "tags": []string{"red", "blue"},
		"grid": [][]int{{2}, {}}, "inner": map[string]any{"size": "XL"}, "list": []any{map[string]any{"rank": "x"}},
		"map": map[string]any{"k": map[string]any{"rank": "x"}}, "rank": "x",
	} {
		was := whole[name]
		whole[name] = value
		text, err := json.Marshal(whole)
		require.NoError(t, err)
		whole[name] = was
		_, err = buoytyped.Decode[tagged](&buoy.Response{Choices: []buoy.Choice{{Message: buoy.Assistant(string(text))}}})
		require.ErrorContains(t, err, "is none of the allowed values: ", name)
	}
}

// spoken is a list of what has tags, and has a schema of its own, which counts.
type spoken []ranked

func (spoken) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

func TestEnumTagsBelowASchemaOfItsOwn(t *testing.T) {
	format, err := buoytyped.Format[struct {
		Spoken spoken `json:"spoken"`
	}]()
	require.NoError(t, err)
	require.NotContains(t, string(format.JSONSchema.Schema.(json.RawMessage)), "enum")
}

// A tag that cannot be carried out names the field and the fix, before anything is sent.
func TestTagsThatCannotBeCarriedOut(t *testing.T) {
	for _, c := range []struct {
		format func() (*buoy.ResponseFormat, error)
		why    string
	}{
		{buoytyped.Format[struct {
			A string `jsonschema:"enum=a,enum=b"`
		}], `.A: its tag jsonschema is taken for a description: write enum:"a,b" instead`},
		{buoytyped.Format[struct {
			A string `jsonschema:"description=the city"`
		}], `.A: its tag jsonschema is the description and nothing else: write jsonschema:"..." without "description="`},
		{buoytyped.Format[struct {
			A string `jsonschema:""`
		}], `.A: its tag jsonschema is empty`},
		{buoytyped.Format[struct {
			A bool `enum:"true"`
		}], `.A: the tag enum is for strings and numbers, not for bool: leave it out`},
		{buoytyped.Format[struct {
			A map[string]string `enum:"a"`
		}], `.A: the tag enum is for strings and numbers, not for map[string]string: leave it out`},
		{buoytyped.Format[struct {
			A int `enum:"1,two"`
		}], `.A: the tag enum has "two", which is no int`},
		{buoytyped.Format[struct {
			A int8 `enum:"128"`
		}], `.A: the tag enum has "128", which is no int8`},
		{buoytyped.Format[struct {
			A string `enum:""`
		}], `.A: the tag enum has an empty value: write enum:"a,b"`},
		{buoytyped.Format[struct {
			A string `enum:"a,b,a"`
		}], `.A: the tag enum has a twice: leave one out`},
		{buoytyped.Format[struct {
			A mood `enum:"a"`
		}], `.A: the tag enum is for strings and numbers, and buoytyped_test.mood has a form of its own: give it a JSONSchema method that lists the values`},
		{buoytyped.Format[struct {
			A [][]byte `enum:"a"`
		}], `.A: the tag enum is for strings and numbers, and []uint8 has a form of its own`},
	} {
		_, err := c.format()
		require.ErrorContains(t, err, c.why)
		require.ErrorIs(t, err, buoy.ErrInvalidRequest)
	}
}
