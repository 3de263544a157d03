package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// testRemove removes definitions from their pages.
func testRemove(t *testing.T, o *office) {
	// What others refer to stays, and the page says who they are.
	code, body := o.get(t, "/playbooks/renewal/delete?lang=en")
	if code != http.StatusOK {
		t.Fatalf("asking answers %d", code)
	}
	mustHave(t, body, "It is still used in", "renewal-due", "Take it out there first")
	if strings.Contains(body, `name="version"`) {
		t.Error("what is in use is offered for deletion")
	}
	if code, body, _ = o.post(t, "/playbooks/renewal/delete?lang=en", url.Values{"version": {"1"}}); code != http.StatusBadRequest {
		t.Errorf("deleting what is in use answers %d", code)
	}
	mustHave(t, body, "Not deleted", "renewal-due")
	if code, _ = o.get(t, "/playbooks/renewal"); code != http.StatusOK {
		t.Errorf("the playbook is gone: %d", code)
	}

	// Somebody edits what somebody else deletes: nothing typed is lost.
	text, version := o.opened(t, "/rules/training-needed")
	typed := strings.Replace(text, "Training would help", "Training helps a lot", 1)
	if typed == text {
		t.Fatalf("the rule is now\n%s", text)
	}
	_, body = o.get(t, "/rules/training-needed/delete?lang=en")
	mustHave(t, body, "No other definition refers to it", "Training would help")
	if code, body, _ = o.post(t, "/rules/training-needed/delete?lang=en", url.Values{"version": {"0"}}); code != http.StatusConflict {
		t.Errorf("deleting another version answers %d: %s", code, body)
	}
	now := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(body)[1]
	code, _, to := o.post(t, "/rules/training-needed/delete", url.Values{"version": {now}, "comment": {"Not used"}})
	if code != http.StatusSeeOther || to != "/rules" {
		t.Fatalf("deleting answers %d, to %s", code, to)
	}
	if code, _ = o.get(t, "/rules/training-needed"); code != http.StatusNotFound {
		t.Errorf("the deleted rule answers %d", code)
	}
	_, body = o.get(t, "/workspace?lang=en")
	mustHave(t, body, "1 removed", "Not used")
	check := url.Values{"text": {typed}, "version": {version}, "base": {text}, "by": {"text"}}
	if code, body = o.typed(t, "/rules/training-needed/edit?lang=en", check); code != http.StatusOK || !strings.Contains(body, "Training helps a lot") {
		t.Errorf("checking after the deletion answers %d", code)
	}
	edit := url.Values{"text": {typed}, "version": {version}, "base": {text}, "do": {"apply"}, "comment": {"mine"}}
	code, body, _ = o.post(t, "/rules/training-needed/edit?lang=en", edit)
	if code != http.StatusConflict || textIn(t, body) != typed {
		t.Fatalf("applying after the deletion answers %d", code)
	}
	mustHave(t, body, "Somebody deleted this while you edited it", `name="anew"`, `value="mine"`)
	edit.Set("anew", "true")
	edit.Set("version", "0")
	if code, _, to = o.post(t, "/rules/training-needed/edit", edit); code != http.StatusSeeOther || to != "/rules/training-needed" {
		t.Fatalf("making it anew answers %d, to %s", code, to)
	}
	_, body = o.get(t, "/rules/training-needed?lang=en")
	mustHave(t, body, "Training helps a lot")
}
