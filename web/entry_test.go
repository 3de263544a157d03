package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
)

// sendTo sends a form with files.
func (w *profileWorld) sendTo(t *testing.T, path string, fields url.Values, files ...attach) answer {
	t.Helper()
	body, kind := multipartOf(t, fields, files...)
	req, err := http.NewRequest(http.MethodPost, w.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	return w.send(t, req)
}

// attaches adds files to an entry that is there, and names colleagues.
func (w *profileWorld) attaches(t *testing.T) {
	w.as(minori.Actor{Name: "mika", Role: minori.RoleAdmin})
	if a := w.sendEntry(t, w.one, note("with one file"), attach{"One.txt", "one"}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	at := ""
	for _, l := range regexp.MustCompile(`href="(`+w.one+`/timeline/[0-9]+)"`).FindAllStringSubmatch(w.get(t, w.one+"?tab=timeline").body, -1) {
		if strings.Contains(w.get(t, l[1]).body, "with one file") {
			at = l[1]
		}
	}
	had := w.kept(t)
	form := w.get(t, at)
	checkPage(t, at, form)
	for _, want := range []string{"Attached", "One.txt", "At most 4 files", `id="mention-names"`, `"insert":"@csm-001"`} {
		if !strings.Contains(form.body, want) {
			t.Errorf("the form does not say %q", want)
		}
	}
	changed := note("with one file, and two more")
	changed.Set("version", "1")
	if a := w.sendTo(t, at, changed, attach{"two.txt", "two"}, attach{"Three.txt", "three"}); a.status != http.StatusSeeOther {
		t.Fatalf("adding files: status %d: %s", a.status, a.body)
	}
	if body := w.get(t, at).body; !strings.Contains(body, "One.txt") || !strings.Contains(body, "Three.txt") || w.kept(t) != had+2 {
		t.Errorf("%d files are kept, %d before", w.kept(t), had)
	}
	changed.Set("version", "2")
	changed.Set("text", "words that stay")
	more := []attach{{"4.txt", "4"}, {"5.txt", "5"}, {"6.txt", "6"}}
	if a := w.sendTo(t, at, changed, more...); a.status != http.StatusBadRequest || !strings.Contains(a.body, "words that stay") || w.kept(t) != had+2 {
		t.Errorf("a sixth file: status %d, %d files", a.status, w.kept(t)-had)
	}
	if a := w.post(t, at+"/delete", nil); a.status != http.StatusSeeOther || w.kept(t) != had-1 {
		t.Errorf("deleting: status %d, %d files", a.status, w.kept(t))
	}
}
