package sample

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	minori "github.com/minori-hq/minori"
)

// documents gives the YAML documents of files, by kind.
func documents(t *testing.T, files []File) map[string][]map[string]any {
	t.Helper()
	out := map[string][]map[string]any{}
	for _, f := range files {
		dec := yaml.NewDecoder(bytes.NewReader(f.Data), yaml.DisallowUnknownField())
		for {
			var doc map[string]any
			err := dec.Decode(&doc)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			kind, _ := doc["kind"].(string)
			out[kind] = append(out[kind], doc)
		}
	}
	return out
}

func TestWorkspaceText(t *testing.T) {
	want := map[string]int{
		"Field": 2, "Metric": numMetrics, "Measure": 20, "Scorecard": 2, "Rule": 20, "Playbook": 4, "Segment": 6, "Dashboard": 2,
	}
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		files, err := Workspace(lang)
		if err != nil {
			t.Fatal(err)
		}
		docs := documents(t, files)
		for kind, n := range want {
			if len(docs[kind]) != n {
				t.Errorf("%s: %d of kind %s, want %d", lang, len(docs[kind]), kind, n)
			}
		}
		if len(docs) != len(want) {
			t.Errorf("%s: other kinds than %v", lang, want)
		}
		for i, def := range Metrics() {
			doc := docs["Metric"][i]
			if doc["name"] != def.Name || doc["type"] != string(def.Kind) {
				t.Errorf("metric %d is %v of type %v, want %s of type %s", i, doc["name"], doc["type"], def.Name, def.Kind)
			}
			if from, _ := doc["from"].(map[string]any); def.Event != "" && (from["event"] != def.Event || from["actors"] != true) {
				t.Errorf("metric %s is from %v", def.Name, from)
			}
		}
		for kind, list := range docs {
			for _, doc := range list {
				title, _ := doc["title"].(map[string]any)
				if title["en"] == "" || title["ja"] == "" || title["en"] == nil || title["ja"] == nil {
					t.Errorf("%s %v has no title in both languages", kind, doc["name"])
				}
			}
		}
		for _, f := range files {
			if f.Name == "fields.yaml" && strings.Contains(string(f.Data), "EMEA") != (lang == minori.EN) {
				t.Errorf("%s: %s has the wrong regions", lang, f.Name)
			}
		}
	}
}

func TestRulesCoverAllTypes(t *testing.T) {
	files, err := Workspace(minori.EN)
	if err != nil {
		t.Fatal(err)
	}
	docs := documents(t, files)
	types, playbooks := map[any]int{}, map[any]bool{}
	for _, p := range docs["Playbook"] {
		playbooks[p["name"]] = true
	}
	for _, r := range docs["Rule"] {
		for _, e := range r["then"].([]any) {
			call := e.(map[string]any)["call_to_action"].(map[string]any)
			types[call["type"]]++
			if p, ok := call["playbook"]; ok && !playbooks[p] {
				t.Errorf("rule %v names the playbook %v, which is not there", r["name"], p)
			}
		}
	}
	for _, want := range []string{"risk", "opportunity", "lifecycle", "activity", "objective"} {
		if types[want] == 0 {
			t.Errorf("no rule opens a call to action of type %s", want)
		}
	}
}

// rows counts the rows of a CSV file below its head and checks their width.
func rows(t *testing.T, path string) int {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return len(all) - 1
}

func TestWriteFiles(t *testing.T) {
	for _, lang := range []minori.Lang{minori.EN, minori.JA} {
		c := New(Config{Seed: 5, Accounts: 30, Days: 200, Lang: lang, End: testEnd})
		dir := t.TempDir()
		if err := c.WriteFiles(dir); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"accounts.csv": 30, "people.csv": len(c.People()), "churn.csv": 0}
		for i := range c.Len() {
			a := c.Account(i)
			want["contacts.csv"] += len(a.Contacts)
			want["subscriptions.csv"] += len(a.Subscriptions)
			want["tickets.csv"] += len(a.Tickets)
			want["answers.csv"] += len(a.Answers)
			want["interactions.csv"] += len(a.Interactions)
			if a.Churn != nil {
				want["churn.csv"]++
			}
			a.EachDay(func(_ minori.Day, m int, cell Cell, _ []int32) {
				switch m {
				case mLogin, mCore:
					want["events.csv"] += int(cell.Count)
				default:
					want["points.csv"] += int(cell.Count)
				}
			})
		}
		if n := len(c.Rates()); n > 0 {
			want["rates.csv"] = n
		}
		checkSources(t, dir, want)
	}
}

// checkSources holds the sources against the files: each file has one, and
// each column a source names is there.
func checkSources(t *testing.T, dir string, want map[string]int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "workspace", "sources.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, s := range documents(t, []File{{Name: "sources.yaml", Data: text}})["Source"] {
		name := s["files"].(string)
		named[name] = true
		f, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(f), "\n")
		columns := "," + head + ","
		for target, from := range s["map"].(map[string]any) {
			if column, ok := from.(string); ok && !strings.Contains(columns, ","+column+",") {
				t.Errorf("%s: %s is filled from %q, which is not a column of %s", name, target, column, head)
			}
		}
	}
	for name, n := range want {
		if got := rows(t, filepath.Join(dir, name)); got != n {
			t.Errorf("%s has %d rows, want %d", name, got, n)
		}
		if !named[name] {
			t.Errorf("%s has no source", name)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.csv"))
	if len(files) != len(want) || len(named) != len(want) {
		t.Errorf("%d files and %d sources, want %d", len(files), len(named), len(want))
	}
}

func TestWriteFilesFails(t *testing.T) {
	if err := company(3, minori.EN).WriteFiles(filepath.Join(t.TempDir(), "a\x00b")); err == nil {
		t.Error("writing into an impossible folder gives no error")
	}
}
