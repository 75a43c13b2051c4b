package chat

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/buoy-go/buoy/internal/jprint"
)

// A field that bare forgets would be neither checked nor sent.
func TestBareLooksAtEachField(t *testing.T) {
	for _, role := range []string{RoleSystem, RoleDeveloper, RoleUser, RoleAssistant} {
		require.True(t, (&Message{Role: role}).bare(), role)
		require.True(t, (&Message{Role: role, Content: "text", Parts: []Part{}, Extra: map[string]json.RawMessage{}}).bare(), role)
	}
	for _, role := range []string{"", RoleTool, RoleFunction, "User", "robot"} {
		require.False(t, (&Message{Role: role, Content: "text"}).bare(), role)
	}
	kind := reflect.TypeFor[Message]()
	for i := range kind.NumField() {
		m := User("text")
		field := reflect.ValueOf(&m).Elem().Field(i)
		switch name := kind.Field(i).Name; name {
		case "Role", "Content":
			continue
		default:
			switch field.Kind() {
			case reflect.String:
				field.SetString("x")
			case reflect.Bool:
				field.SetBool(true)
			case reflect.Pointer:
				field.Set(reflect.New(field.Type().Elem()))
			case reflect.Slice:
				field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			case reflect.Map:
				field.Set(reflect.MakeMap(field.Type()))
				field.SetMapIndex(reflect.ValueOf("x"), reflect.Zero(field.Type().Elem()))
			default:
				t.Fatalf("%s is of a kind that this test does not know", name)
			}
			require.False(t, m.bare(), name)
		}
	}
}

func TestBareIsWrittenAsAnyOther(t *testing.T) {
	for _, text := range []string{"", "a", "Why is the sky blue?", "a\"b\\c\n\x00", "\xff", "日本\u2028"} {
		m := User(text)
		for _, whole := range []bool{false, true} {
			bare, named := writer{whole: whole}, writer{whole: whole}
			bare.message(&m)
			require.Equal(t, `{"role":"user","content":`+string(jprint.AppendString(nil, text))+`}`, string(bare.Buf))
			named.message(&Message{Role: RoleUser, Content: text, Name: "n"})
			require.Equal(t, string(named.Buf), string(bare.Buf[:len(bare.Buf)-1])+`,"name":"n"}`)
		}
	}
	reply := writer{reply: true}
	reply.message(&Message{Role: RoleAssistant, Content: "a"})
	require.Equal(t, `{"role":"assistant","content":"a","refusal":null}`, string(reply.Buf))
}

// Passing over bare messages changes no verdict: each is compared with that of a look at all.
func TestBareIsLeftOutOfValidation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	roles := []string{RoleSystem, RoleDeveloper, RoleUser, RoleAssistant, RoleTool, RoleFunction, "robot", ""}
	refused := 0
	for range 20_000 {
		r := Request{Model: "m", Messages: make([]Message, 1+rng.IntN(5))}
		for i := range r.Messages {
			m := &r.Messages[i]
			*m = Message{Role: roles[min(rng.IntN(20), rng.IntN(len(roles)))], Content: "text"}
			switch rng.IntN(8) {
			case 0:
				m.Role, m.ToolCalls = RoleAssistant, []ToolCall{{ID: []string{"", "a", "b"}[rng.IntN(3)], Function: FunctionCall{Name: "f"}}}
			case 1:
				m.Role, m.ToolCallID = RoleTool, []string{"", "a", "b"}[rng.IntN(3)]
			case 2:
				m.Extra = map[string]json.RawMessage{[]string{"role", "tool_calls", "x"}[rng.IntN(3)]: json.RawMessage([]string{"1", "{"}[rng.IntN(2)])}
			case 3:
				m.Parts = []Part{Text([]string{"text", "other"}[rng.IntN(2)])}
			}
		}
		all := validator{}
		for i := range r.Messages {
			at := all.at("messages", i)
			all.message(&r.Messages[i])
			all.back(at)
		}
		all.history(r.Messages)
		err := r.Validate()
		if all.err == nil {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, error(all.err), err)
		refused++
	}
	require.Greater(t, refused, 2_000)
	require.Less(t, refused, 18_000)
}
