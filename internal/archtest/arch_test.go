// Package archtest holds the rules of the house that a machine can check:
// who may import whom, and how long things may get.
package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/minori-hq/minori"

// layers is the import order: a package imports packages of its own layer or
// of layers before it. Sub-packages belong to their parent unless named.
var layers = [][]string{
	{"."},
	{"text", "auth", "observe"},
	{"account", "metric", "view"},
	{"measure", "survey", "revenue"},
	{"scorecard"},
	{"segment"},
	{"rule"},
	{"action", "notice", "webhook", "dashboard", "plan", "journey", "element", "people", "align"},
	{"evaluate"},
	{"importer", "ingest", "job", "resource"},
	{"sample"},
	{"web", "api", "mcp"},
	{"store"},
	{"app"},
	{"cmd"},
}

func layer(pkg string) int {
	rel := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	top, _, _ := strings.Cut(rel, "/")
	if top == "" {
		top = "."
	}
	for i, l := range layers {
		for _, p := range l {
			if p == top {
				return i
			}
		}
	}
	return -1
}

func top(pkg string) string {
	rel := strings.TrimPrefix(pkg, module+"/")
	t, _, _ := strings.Cut(rel, "/")
	return t
}

func TestImportOrder(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if top(p.ImportPath) == "internal" {
			continue
		}
		seen++
		from := layer(p.ImportPath)
		if from < 0 {
			t.Errorf("%s has no place in the import order; add it to layers", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if imp == module || strings.HasPrefix(imp, module+"/") {
				check(t, p.ImportPath, imp, from)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages were seen", seen)
	}
}

func check(t *testing.T, pkg, imp string, from int) {
	t.Helper()
	if top(imp) == "internal" {
		return
	}
	if layer(imp) > from {
		t.Errorf("%s imports %s, which stands above it", pkg, imp)
	}
	if top(imp) == "store" && top(pkg) != "store" && top(pkg) != "app" {
		t.Errorf("%s imports %s; only app and tests may", pkg, imp)
	}
	surface := map[string]bool{"web": true, "api": true, "mcp": true}
	if surface[top(pkg)] && surface[top(imp)] && top(pkg) != top(imp) {
		t.Errorf("%s imports its sibling %s", pkg, imp)
	}
}

// Budgets, in lines.
const (
	maxFile     = 600
	maxFunction = 60
	maxPackage  = 3000
)

func TestBudgets(t *testing.T) {
	packages := map[string]int{}
	err := filepath.WalkDir("../..", func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && (name == "node_modules" || name == "testdata" || strings.HasPrefix(name, ".") && name != ".." && name != ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_templ.go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		packages[filepath.Dir(path)] += checkFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, n := range packages {
		if n > maxPackage {
			t.Errorf("package %s has %d lines, the budget is %d", p, n, maxPackage)
		}
	}
}

func checkFile(t *testing.T, path string) int {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	lines := fset.File(f.Pos()).LineCount()
	if lines > maxFile {
		t.Errorf("%s has %d lines, the budget is %d", path, lines, maxFile)
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1
		if n > maxFunction {
			t.Errorf("%s: %s has %d lines, the budget is %d", path, fn.Name.Name, n, maxFunction)
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			t.Errorf("%s: init() does work before main starts; make it a constructor", path)
		}
	}
	return lines
}
