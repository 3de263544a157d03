package resource

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
)

// problems gives everything that is wrong with a file, one per line.
func problems(src string) string {
	w := minori.Workspace{Currency: "USD", TimeZone: "UTC", Lang: minori.EN, FiscalYearStart: 1, FiscalYearNamed: "start"}
	s, err := Decode([]File{{Name: "w.yaml", Data: []byte(src)}})
	if len(s.Lost()) == 0 {
		_, err = Check(context.Background(), s, w)
	}
	if err == nil {
		return ""
	}
	return err.Error()
}

// Each case of testdata/bad.txt is a file and, behind a line "=>", what is
// said about it. Cases are separated by lines of "====".
func TestBadInput(t *testing.T) {
	data, err := os.ReadFile("testdata/bad.txt")
	if err != nil {
		t.Fatal(err)
	}
	var rewritten []string
	for _, c := range strings.Split(string(data), "====\n") {
		src, want, _ := strings.Cut(c, "=>\n")
		got := problems(src) + "\n"
		if d := cmp.Diff(want, got); d != "" && !update() {
			t.Errorf("%s\n%s", src, d)
		}
		rewritten = append(rewritten, src+"=>\n"+got)
	}
	if update() {
		if err := os.WriteFile("testdata/bad.txt", []byte(strings.Join(rewritten, "====\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
