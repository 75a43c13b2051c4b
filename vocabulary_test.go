package buoy_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// onlyInChat are the names of package chat that have none here: they serve those who
// read or write the wire format by themselves.
var onlyInChat = []string{"Asked", "ChunkDecoder", "DecodeResponse", "ErrTooMany", "FieldError", "Meaning", "Signs", "Suspect", "Thought"}

// Each name of package chat is a name of buoy, with the same meaning, unless it is in
// the list above.
func TestVocabularyIsThatOfChat(t *testing.T) {
	words := declared(t, "chat", func(string) bool { return true })
	here := declared(t, ".", func(file string) bool { return file == "vocabulary.go" })
	for _, name := range onlyInChat {
		require.Contains(t, words, name)
		require.NotContains(t, here, name)
		delete(words, name)
	}
	require.Equal(t, slices.Sorted(maps.Keys(words)), slices.Sorted(maps.Keys(here)))
	for name, want := range words {
		require.Equal(t, want, here[name], name)
	}
}

// declared describes the exported names of a folder's files: "type", "const", or the
// signature of a function. Those of package buoy have to be what chat has of that
// name, and are described as if they stood there.
func declared(t *testing.T, dir string, wanted func(file string) bool) map[string]string {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	names := map[string]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || !wanted(filepath.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			declare(t, names, decl, file.Name.Name == "buoy")
		}
	}
	require.NotEmpty(t, names)
	return names
}

func declare(t *testing.T, names map[string]string, decl ast.Decl, alias bool) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil || !d.Name.IsExported() {
			return
		}
		names[d.Name.Name] = types.ExprString(d.Type)
		if alias {
			call := d.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.CallExpr)
			require.Equal(t, "chat."+d.Name.Name, types.ExprString(call.Fun))
			var passed []string
			for _, arg := range call.Args {
				passed = append(passed, types.ExprString(arg))
			}
			var params []string
			for _, field := range d.Type.Params.List {
				for _, name := range field.Names {
					params = append(params, name.Name)
				}
			}
			require.Equal(t, params, passed, "%s hands on its parameters in their order", d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					names[s.Name.Name] = "type"
					if alias {
						require.Equal(t, "chat."+s.Name.Name, types.ExprString(s.Type))
						require.True(t, s.Assign.IsValid(), "%s is an alias and not a type of its own", s.Name.Name)
					}
				}
			case *ast.ValueSpec:
				for i, name := range s.Names {
					if name.IsExported() {
						names[name.Name] = d.Tok.String()
						if alias {
							require.Equal(t, "chat."+name.Name, types.ExprString(s.Values[i]))
						}
					}
				}
			}
		}
	}
}
