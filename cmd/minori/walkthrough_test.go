package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWalkThrough runs every command of docs/ravenstack.md in order and holds
// what it prints against the page.
func TestWalkThrough(t *testing.T) {
	root, err := filepath.Abs(filepath.Join(ravenstack(), "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "ravenstack.md"))
	if err != nil {
		t.Fatal(err)
	}
	bin, data := t.TempDir(), filepath.Join(t.TempDir(), "data")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "minori")); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	ran := 0
	for _, block := range blocks {
		for _, step := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			line, want, _ := strings.Cut(step, "\n")
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "data data", "data "+data))
			if strings.Contains(line, "data/exported") {
				cmd = exec.Command("sh", "-c", strings.ReplaceAll(line, " data", " "+data))
			}
			cmd.Dir = root
			cmd.Env = append(os.Environ(), asMinori+"=1", "MINORI_RECORDS_URL=", "PATH="+bin+":"+os.Getenv("PATH"))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
			if got := untimed(strings.ReplaceAll(string(out), data, "data")); got != untimed(want) {
				t.Errorf("$ %s\nprints\n%s\nthe page says\n%s", line, got, untimed(want))
			}
			ran++
		}
	}
	if ran < 15 {
		t.Fatalf("only %d commands were found on the page", ran)
	}
}

// untimed leaves out how long things took.
func untimed(s string) string {
	s = regexp.MustCompile(`\(?\d+\.\d+ s\)?`).ReplaceAllString(s, "…")
	return strings.TrimSpace(s)
}
