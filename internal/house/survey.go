package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// survey is what is counted in one package.
type survey struct {
	sources, tests int // files
	lines          int // of source, comments and blank lines included
	exported       []string
	apart          []string // methods in another file than their type
}

// surveyOf reads the package in the directory, its files for other systems
// included.
func surveyOf(dir fs.FS) (survey, error) {
	var s survey
	names, err := fs.Glob(dir, "*.go")
	if err != nil {
		return s, err
	}
	var files []*ast.File
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			s.tests++
			continue
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return s, err
		}
		f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
		if err != nil {
			return s, err
		}
		s.sources++
		s.lines += strings.Count(string(text), "\n")
		files = append(files, f)
	}
	home := map[string]string{} // type -> its file
	for _, f := range files {
		file := fset.Position(f.Package).Filename
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, spec := range g.Specs {
					home[spec.(*ast.TypeSpec).Name.Name] = file
				}
			}
		}
	}
	for _, f := range files {
		file, rooms := fset.Position(f.Package).Filename, publicRooms(f)
		for _, d := range f.Decls {
			if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil {
				if typ := receiver(m); home[typ] != file {
					s.apart = append(s.apart, fmt.Sprintf("%s.%s is in %s, %s is in %s", typ, m.Name.Name, file, typ, home[typ]))
				}
				continue
			}
			s.exported = append(s.exported, ownNames(d, rooms)...)
		}
	}
	return s, nil
}

// receiver is the name of the type that a method belongs to.
func receiver(m *ast.FuncDecl) string {
	t := m.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// publicRooms are the names under which a file imports packages of the module that
// users see. An alias of a name that is internal would hide its documentation.
func publicRooms(f *ast.File) []string {
	var names []string
	for _, imp := range f.Imports {
		full, _ := strconv.Unquote(imp.Path.Value)
		room, ours := below(full)
		switch {
		case !ours || strings.HasPrefix(room, "internal/"):
		case imp.Name != nil:
			names = append(names, imp.Name.Name)
		default:
			names = append(names, path.Base(full))
		}
	}
	return names
}

// ownNames are the exported names that a declaration adds to the package, those
// apart that only repeat a name of one of the rooms.
func ownNames(d ast.Decl, rooms []string) []string {
	var names []string
	add := func(id *ast.Ident, value ast.Expr) {
		if id.IsExported() && !isSelector(value, rooms, id.Name) {
			names = append(names, id.Name)
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		add(d.Name, onlyCall(d))
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Assign.IsValid() {
					add(spec.Name, spec.Type)
				} else {
					add(spec.Name, nil)
				}
			case *ast.ValueSpec:
				for i, id := range spec.Names {
					var value ast.Expr
					if i < len(spec.Values) {
						value = spec.Values[i]
					}
					add(id, value)
				}
			}
		}
	}
	return names
}

// isSelector reports whether x is that name of one of the packages.
func isSelector(x ast.Expr, pkgs []string, name string) bool {
	sel, ok := x.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && slices.Contains(pkgs, id.Name)
}

// onlyCall is the function that f does nothing but call with its own parameters,
// nil if it does more.
func onlyCall(f *ast.FuncDecl) ast.Expr {
	if f.Body == nil || len(f.Body.List) != 1 {
		return nil
	}
	ret, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil
	}
	call, ok := ret.Results[0].(*ast.CallExpr)
	if !ok {
		return nil
	}
	var params []string
	for _, field := range f.Type.Params.List {
		for _, id := range field.Names {
			params = append(params, id.Name)
		}
	}
	same := slices.EqualFunc(call.Args, params, func(arg ast.Expr, param string) bool {
		id, ok := arg.(*ast.Ident)
		return ok && id.Name == param
	})
	if !same {
		return nil
	}
	return call.Fun
}
