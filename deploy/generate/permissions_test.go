package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// permissions are what each call of the SDK needs.
var permissions = map[string][]string{
	"s3.GetObject":                  {"s3:GetObject"},
	"s3.PutObject":                  {"s3:PutObject"},
	"s3.DeleteObject":               {"s3:DeleteObject"},
	"s3.ListObjectsV2":              {"s3:ListBucket"},
	"s3.ListObjectVersions":         {}, // operator forget --purge, which the function never does
	"s3.ListMultipartUploads":       {"s3:ListBucketMultipartUploads"},
	"s3.AbortMultipartUpload":       {"s3:AbortMultipartUpload"},
	"transfermanager.UploadObject":  {"s3:PutObject", "s3:AbortMultipartUpload"},
	"secretsmanager.GetSecretValue": {"secretsmanager:GetSecretValue"},
	"lambda.Invoke":                 {"lambda:InvokeFunction"},
}

// TestTheFunctionMayDoWhatItDoes compares the role's actions with the calls in
// the code: each begins with a value of a type such as s3.GetObjectInput.
func TestTheFunctionMayDoWhatItDoes(t *testing.T) {
	needed := map[string]bool{}
	for _, call := range calls(t, "../../operator", "../../cmd/operator") {
		actions, known := permissions[call]
		if !known {
			t.Errorf("the code calls %s; add what it needs to this test and to FunctionCalls", call)
		}
		for _, action := range actions {
			needed[action] = true
		}
	}
	var granted []string
	each(at(readTemplate(t).resources()["FunctionCalls"], "Properties", "PolicyDocument", "Statement"), func(n *yaml.Node) {
		granted = append(granted, values(at(n, "Action"))...)
	})
	slices.Sort(granted)
	if want := slices.Sorted(maps.Keys(needed)); !slices.Equal(granted, want) {
		t.Errorf("the role grants %q, the code needs %q", granted, want)
	}
}

// TestNoRoleMayDoAnything looks for wildcards in what is allowed.
func TestNoRoleMayDoAnything(t *testing.T) {
	allowed := 0
	each(readTemplate(t).root, func(n *yaml.Node) {
		effect := at(n, "Effect")
		if effect == nil || effect.Value != "Allow" {
			return
		}
		allowed++
		for _, action := range values(at(n, "Action")) {
			if strings.Contains(action, "*") {
				t.Errorf("line %d allows %s", n.Line, action)
			}
		}
		for _, resource := range values(at(n, "Resource")) {
			if resource == "*" {
				t.Errorf("line %d allows it for everything", n.Line)
			}
		}
	})
	if allowed < 6 {
		t.Errorf("the test has seen %d statements: it looks in the wrong place", allowed)
	}
}

// values are a scalar's or a list's.
func values(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var all []string
	for _, one := range n.Content {
		all = append(all, one.Value)
	}
	return all
}

// calls lists what the code below some folders asks AWS for, as package and
// operation.
func calls(t *testing.T, folders ...string) []string {
	t.Helper()
	var all []string
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			all = append(all, callsIn(file)...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 5 {
		t.Fatalf("only %q is called: the test looks in the wrong place", all)
	}
	return all
}

func callsIn(file *ast.File) []string {
	packages := map[string]string{} // as they are called in the file
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil || !strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2/service/") && !strings.HasSuffix(path, "/transfermanager") {
			continue
		}
		name := filepath.Base(path)
		packages[name] = name
		if i.Name != nil {
			packages[i.Name.Name] = name
		}
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if s, ok := literal.Type.(*ast.SelectorExpr); ok {
			if of, ok := s.X.(*ast.Ident); ok && packages[of.Name] != "" {
				if operation, isInput := strings.CutSuffix(s.Sel.Name, "Input"); isInput {
					found = append(found, packages[of.Name]+"."+operation)
				}
			}
		}
		return true
	})
	return found
}
