package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"
)

// embeds are the structs that embed, with the reason. A struct that is short of a
// name for a field is none: whoever reads it must look up what it can do.
var embeds = map[string]string{
	"connector.Connector: sdk.UnimplementedSourceConnectorServer":     "gRPC's generated code asks for it",
	"tester/script.Connector: sdk.UnimplementedSourceConnectorServer": "gRPC's generated code asks for it",
	"test/bench.updateServer: sdk.UnimplementedSourceConnectorServer": "gRPC's generated code asks for it",
	"connector.scrubbingStream: grpc.ServerStream":                    "one of its six methods is another, and the rest pass",
	"connector/admission.countedStream: grpc.ServerStream":            "one of its six methods is another, and the rest pass",
	"connector/export/record.codec: encoding.CodecV2":                 "its Marshal is another, and the rest pass",
	"test/bench.encodedCodec: encoding.CodecV2":                       "its Marshal is another, and the rest pass",
	"tester/protocol.Codec: encoding.CodecV2":                         "its Unmarshal is another, and the rest pass",
	"sandbox.countingWriter: http.ResponseWriter":                     "its Write is another, and the rest pass",
}

// No struct keeps a context: it belongs to a call, and goes with it as its first
// argument. None embeds but those that are named above.
func TestStructsKeepNoContextAndEmbedNothing(t *testing.T) {
	met := map[string]bool{}
	for _, p := range packages(t) {
		files, err := filepath.Glob(filepath.Join("..", p.ImportPath, "*.go")) // those of other systems as well
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".pb.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range structs(file) {
				at := p.ImportPath + "." + s.name
				for _, field := range s.fields {
					kind := types.ExprString(field.Type)
					if keepsContext(field.Type) {
						t.Errorf("%s keeps a context in its %s", at, kind)
					}
					if len(field.Names) > 0 {
						continue
					}
					if embeds[at+": "+kind] == "" {
						t.Errorf("%s embeds %s: give it a name", at, kind)
					}
					met[at+": "+kind] = true
				}
			}
		}
	}
	for name := range embeds {
		if !met[name] {
			t.Errorf("%s is embedded no more: take it from the list", name)
		}
	}
}

// structure is a struct of a file, by the name of the declaration that it is in.
type structure struct {
	name   string
	fields []*ast.Field
}

func structs(file *ast.File) []structure {
	var all []structure
	name := ""
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			name = n.Name.Name
		case *ast.TypeSpec:
			name = n.Name.Name
		case *ast.StructType:
			all = append(all, structure{name, n.Fields.List})
		}
		return true
	})
	return all
}

// keepsContext says that a value of the type holds a context. A function takes one
// with each call, and keeps none.
func keepsContext(kind ast.Expr) bool {
	found := false
	ast.Inspect(kind, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType, *ast.StructType: // the fields of a struct are looked at by themselves
			return false
		case *ast.SelectorExpr:
			found = found || types.ExprString(n) == "context.Context"
		}
		return true
	})
	return found
}

func TestStructs(t *testing.T) {
	const source = `package p
type kept struct { io.Reader; at map[string]context.Context; call func(context.Context) }
func f() { _ = struct { *sync.Mutex; all []context.Context }{} }`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, s := range structs(file) {
		for _, field := range s.fields {
			got += s.name
			if len(field.Names) == 0 {
				got += " embeds " + types.ExprString(field.Type)
			}
			if keepsContext(field.Type) {
				got += " keeps " + types.ExprString(field.Type)
			}
			got += "\n"
		}
	}
	const want = "kept embeds io.Reader\nkept keeps map[string]context.Context\nkept\nf embeds *sync.Mutex\nf keeps []context.Context\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}
