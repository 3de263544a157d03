package text_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readKeys reads a catalogue file token by token, so that a key given twice is seen.
func readKeys(t *testing.T, file string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]string)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			t.Fatalf("%s: %v: %v", file, key, err)
		}
		name := key.(string)
		if _, twice := out[name]; twice {
			t.Errorf("%s: the key %q is given twice", file, name)
		}
		out[name] = forms(t, file, name, value)
	}
	return out
}

// forms gives the forms of a message: one, or one and other.
func forms(t *testing.T, file, key string, value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case map[string]any:
		one, _ := v["one"].(string)
		other, _ := v["other"].(string)
		if one == "" || other == "" || len(v) != 2 {
			t.Errorf("%s: %q needs exactly the forms one and other", file, key)
		}
		if file == "ja.json" {
			t.Errorf("ja.json: %q has two forms; Japanese has one", key)
		}
		return []string{one, other}
	}
	t.Errorf("%s: %q is neither a text nor two forms", file, key)
	return nil
}

// places gives the names in braces of a message, sorted, each once.
func places(s string) []string {
	names := regexp.MustCompile(`\{[^{}]*\}`).FindAllString(s, -1)
	slices.Sort(names)
	return slices.Compact(names)
}

func TestLanguagesHaveTheSameKeysAndPlaces(t *testing.T) {
	en, ja := readKeys(t, "en.json"), readKeys(t, "ja.json")
	for key, texts := range en {
		other, ok := ja[key]
		if !ok {
			t.Errorf("%q is in English only", key)
			continue
		}
		if key == "filter.lead" || key == "filter.tail" {
			continue // one of the two opens the sentence, the other ends it
		}
		want := places(texts[len(texts)-1])
		for _, s := range append(slices.Clone(texts), other...) {
			if !slices.Equal(places(s), want) {
				t.Errorf("%q: the forms name different places: %v and %v", key, want, places(s))
			}
		}
	}
	for key := range ja {
		if _, ok := en[key]; !ok {
			t.Errorf("%q is in Japanese only", key)
		}
	}
}

func TestWords(t *testing.T) {
	banned := regexp.MustCompile(`(?i)!|！|\bplease\b|\boops\b|\bsorry\b|申し訳|恐れ入り`)
	for _, file := range []string{"en.json", "ja.json"} {
		for key, texts := range readKeys(t, file) {
			for _, s := range texts {
				if m := banned.FindString(s); m != "" {
					t.Errorf("%s: %q says %q", file, key, m)
				}
			}
		}
	}
}

// sources calls use for each source file below root that may name keys.
func sources(t *testing.T, root string, use func(path, body string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir(), strings.HasSuffix(path, "_test.go"), strings.HasSuffix(path, "_templ.go"):
			return nil
		case filepath.Ext(path) != ".go" && filepath.Ext(path) != ".templ":
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		use(path, string(b))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeysInSourceExist(t *testing.T) {
	call := regexp.MustCompile(`\.T\(\s*(?:[\w.()]+,\s*)?"([^"]+)"`)
	en := readKeys(t, "en.json")
	sources(t, "../web", func(path, body string) {
		for _, m := range call.FindAllStringSubmatch(body, -1) {
			if _, ok := en[m[1]]; !ok {
				t.Errorf("%s: the message %q does not exist", path, m[1])
			}
		}
	})
}

func TestEveryKeyIsUsed(t *testing.T) {
	literal := regexp.MustCompile(`"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)"`)
	used := make(map[string]bool)
	sources(t, "..", func(_, body string) {
		for _, m := range literal.FindAllStringSubmatch(body, -1) {
			used[m[1]] = true
		}
	})
	for key := range readKeys(t, "en.json") {
		if !used[key] {
			t.Errorf("the message %q is used nowhere; keys must stand in source as they are, not put together", key)
		}
	}
}
