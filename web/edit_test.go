package web_test

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
)

// opened gives the text and version of the editor of a definition.
func (o *office) opened(t *testing.T, path string) (text, version string) {
	t.Helper()
	code, body := o.get(t, path+"/edit?lang=en")
	if code != http.StatusOK {
		t.Fatalf("%s/edit answers %d", path, code)
	}
	return textIn(t, body), regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(body)[1]
}

// textIn gives the text in the editor of a page.
func textIn(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)<textarea id="edit-text".*?>(.*?)</textarea>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no text on the page")
	}
	return html.UnescapeString(m[1])
}

// typed sends a form as a script does.
func (o *office) typed(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("HX-Request", "true")
	o.pages.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestEditPages runs every part over one company, as making it takes seconds.
func TestEditPages(t *testing.T) {
	o := newOffice(t)
	ops := o.actor
	for _, part := range []struct {
		name string
		run  func(*testing.T, *office)
	}{
		{"languages", testEditLanguages}, {"who may", testEditRoles}, {"check", testEditCheck}, {"form", testEditForm}, {"form adds and removes", testEditStructure},
		{"what if", testWhatIf}, {"rule", testEditRule}, {"conflict", testEditConflict}, {"segment", testSegmentWhy}, {"new", testEditNew}, {"remove", testRemove}, {"playbook", testPlaybookUse},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, o.as(ops)) })
	}
}

func testEditLanguages(t *testing.T, o *office) {
	missing := regexp.MustCompile(`>(?:edit|heat|whatif|playbook|segment|scorecard|rule)\.[a-z-]+[.a-z-]*<`)
	for path, want := range map[string][2]string{
		"/scorecards/health/edit": {"Definition as text", "定義のテキスト"}, "/scorecards/health/heat": {"Heat map", "ヒートマップ"},
		"/scorecards/health/heat?segment=onboarding": {"Heat map", "ヒートマップ"},
		"/rules/health-red/edit":                     {"Stays open, marked recovered", "回復と表示して残す"}, "/rules/-/edit": {"New rule", "ルールを作成"},
		"/playbooks": {"Playbooks", "プレイブック"}, "/playbooks/adoption-rescue": {"Median time to finish", "完了までの日数"},
		"/playbooks/adoption-rescue/edit": {"Add task", "タスクを追加"}, "/segments": {"Segments", "セグメント"},
		"/segments/onboarding": {"Not in", "非該当"}, "/segments/onboarding/edit": {"Condition", "条件"}, "/scorecards/-/edit": {"New scorecard", "スコアカードを作成"},
	} {
		for i, lang := range []string{"en", "ja"} {
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			code, body := o.get(t, path+sep+"lang="+lang)
			if code != http.StatusOK {
				t.Errorf("%s in %s answers %d", path, lang, code)
			}
			if !strings.Contains(html.UnescapeString(body), want[i]) {
				t.Errorf("%s in %s does not say %q", path, lang, want[i])
			}
			if m := missing.FindString(body); m != "" || strings.Contains(body, "%!") || strings.Contains(body, "{count}") {
				t.Errorf("%s in %s shows the key %q or an unfilled place", path, lang, m)
			}
			if handlers.MatchString(body) {
				t.Errorf("%s: inline handler or style", path)
			}
		}
	}
	for path, want := range map[string]int{"/playbooks/x": 404, "/segments/x": 404, "/rules/x/edit": 404, "/scorecards/x/heat": 404, "/scorecards/health/heat?segment=x": 400, "/segments/onboarding?show=x": 400, "/segments/onboarding?page=0": 400} {
		if code, _ := o.get(t, path); code != want {
			t.Errorf("%s answers %d, want %d", path, code, want)
		}
	}
}

func testEditRoles(t *testing.T, o *office) {
	for role, may := range map[minori.Role]bool{minori.RoleAdmin: true, minori.RoleOperations: true, minori.RoleLeader: false, minori.RoleCSM: false, minori.RoleManager: false, minori.RoleObserver: false} {
		o.as(minori.Actor{Name: "who@example.com", Role: role})
		for _, path := range []string{"/scorecards/health", "/rules/health-red", "/playbooks/adoption-rescue", "/segments/onboarding"} {
			code, body := o.get(t, path)
			if code != http.StatusOK || strings.Contains(body, path+"/edit") != may {
				t.Errorf("%s: %s answers %d", role, path, code)
			}
			if code, _ := o.get(t, path+"/edit"); (code == http.StatusOK) != may || !may && code != http.StatusForbidden {
				t.Errorf("%s: %s/edit answers %d", role, path, code)
			}
			if code, _, _ := o.post(t, path+"/edit", url.Values{"text": {"kind: Rule"}, "version": {"1"}, "do": {"apply"}}); !may && code != http.StatusForbidden {
				t.Errorf("%s: POST %s/edit answers %d", role, path, code)
			}
		}
	}
}

func testEditCheck(t *testing.T, o *office) {
	text, version := o.opened(t, "/rules/health-red")
	broken := strings.Replace(text, `band("health") == "red"`, `bnad("health") == "red"`, 1)
	if broken == text {
		t.Fatalf("the rule is now\n%s", text)
	}
	code, body := o.typed(t, "/rules/health-red/edit", url.Values{"text": {broken}, "version": {version}, "base": {text}, "by": {"text"}})
	if code != http.StatusOK {
		t.Fatalf("checking answers %d", code)
	}
	mustHave(t, body, "To mend: 1", `data-line="5"`, "bnad", `id="edit-fields"`, `id="edit-base"`)
	if strings.Contains(body, "<html") || strings.Contains(body, `id="edit-area"`) {
		t.Error("a check while one types swaps more than it should")
	}
	// Without scripts the same is a page that keeps what was typed.
	code, body, _ = o.post(t, "/rules/health-red/edit?lang=en", url.Values{"text": {broken}, "version": {version}, "base": {text}, "do": {"apply"}, "comment": {"a <b>note</b>"}})
	if code != http.StatusBadRequest || textIn(t, body) != broken {
		t.Errorf("applying a broken text answers %d", code)
	}
	mustHave(t, body, "Not applied", "a <b>note</b>")
	if strings.Contains(body, "<b>note</b>") {
		t.Error("the comment is not escaped")
	}
	for _, form := range []url.Values{{"text": {text}}, {"text": {text}, "version": {"x"}}} {
		if code, _, _ := o.post(t, "/rules/health-red/edit", form); code != http.StatusBadRequest {
			t.Errorf("%v answers %d", form, code)
		}
	}
}

func testEditForm(t *testing.T, o *office) {
	text, version := o.opened(t, "/scorecards/health")
	form := url.Values{"text": {strings.ReplaceAll(text, "\n", "\r\n")}, "base": {text}, "version": {version}, "f:groups[0].weight": {"50"}, "f:bands.green": {"75"},
		"f:groups[0].measures[0].bands@value.0": {"0"}, "f:groups[0].measures[0].bands@score.0": {"10"}, "f:groups[0].measures[0].bands@value.1": {"8"}, "f:groups[0].measures[0].bands@score.1": {"100"}}
	form.Set("by", "form")
	code, body := o.typed(t, "/scorecards/health/edit", form)
	if code != http.StatusOK {
		t.Fatalf("the form answers %d", code)
	}
	want := strings.Replace(text, "weight: 35", "weight: 50", 1)
	want = strings.Replace(want, "bands: {points: [[0, 0], [1, 20], [4, 65], [8, 100]]}", "bands: {points: [[0, 10], [8, 100]]}", 1)
	if got := textIn(t, body); got != want || want == text {
		t.Errorf("the form makes\n%s\nwant\n%s", got, want)
	}
	mustHave(t, body, "This can be applied", "-    weight: 35", "+    weight: 50")
	form.Del("by")
	form.Set("f:groups[0].weight", "heavy")
	_, body, _ = o.post(t, "/scorecards/health/edit?lang=en", form)
	mustHave(t, body, "To mend: 1", `"heavy" is not a number`, `aria-invalid="true"`)
}

func testEditStructure(t *testing.T, o *office) {
	text, version := o.opened(t, "/playbooks/adoption-rescue")
	code, body, _ := o.post(t, "/playbooks/adoption-rescue/edit?lang=en", url.Values{"text": {text}, "base": {text}, "version": {version}, "f:tasks@add": {"true"}, "f:tasks[0].due": {"9bd"}})
	got := textIn(t, body)
	if code != http.StatusOK || !strings.Contains(got, "due: 9bd") || strings.Count(got, "name: ") != strings.Count(text, "name: ")+1 {
		t.Fatalf("%d\n%s", code, got)
	}
	last := strings.Count(got, "due: ") - 1
	_, body, _ = o.post(t, "/playbooks/adoption-rescue/edit?lang=en", url.Values{"text": {got}, "base": {got}, "version": {version}, "f:tasks[" + strconv.Itoa(last) + "]@remove": {"true"}, "f:tasks[0].due": {"1bd"}})
	if back := textIn(t, body); back != text {
		t.Errorf("adding and removing leaves\n%s", back)
	}
	card, version := o.opened(t, "/scorecards/health")
	_, body, _ = o.post(t, "/scorecards/health/edit?lang=en", url.Values{"text": {card}, "base": {card}, "version": {version}, "f:groups[3].measures@add": {"adoption.depth"}, "f:caps[0]@remove": {"true"}, "f:caps@add": {"true"}})
	mustHave(t, textIn(t, body), "{measure: adoption.depth, weight: 1, bands: {points: [[0, 0], [1, 100]]}}", "- {when: false, at: 49}")
	if strings.Contains(textIn(t, body), "An urgent ticket") {
		t.Error("the cap is still there")
	}
	mustHave(t, body, "This can be applied")
}

// testWhatIf holds the trial of an edit against the evaluation after applying it.
func testWhatIf(t *testing.T, o *office) {
	ctx := context.Background()
	day, err := minori.ParseDay(workEnd)
	if err != nil {
		t.Fatal(err)
	}
	at := minori.EndOf(day, o.app.Location())
	for i, change := range [][2]string{
		{"weight: 35", "weight: 5"}, {"[[-0.6, 0], [-0.2, 55], [0, 75], [0.3, 100]]", "[[-0.6, 0], [0.3, 30]]"}, {"when: measure(\"support.urgent_open\") > 0", "when: account.arr > 20000"},
		{"bands: {yellow: 50, green: 75}", "bands: {yellow: 30, green: 60}"}, {"missing: skip", "missing: zero"}, {"min_coverage: 0.4", "min_coverage: 0.95"},
	} {
		text, version := o.opened(t, "/scorecards/health")
		edited := strings.Replace(text, change[0], change[1], 1)
		if edited == text {
			t.Fatalf("%q is not in\n%s", change[0], text)
		}
		n, err := strconv.ParseInt(version, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		edit := resource.Edit{Kind: "Scorecard", Name: "health", Text: edited, Version: n}
		c, err := o.app.Resources.CheckEdit(ctx, o.actor, edit)
		if err != nil || c.Config == nil {
			t.Fatal(err, c.Problems)
		}
		x, err := o.app.Evaluate.WhatIf(ctx, o.actor, c.Config.Program(minori.Account), "health", at)
		if err != nil {
			t.Fatal(err)
		}
		before := o.bandsAt(t, at)
		code, body := o.typed(t, "/scorecards/health/edit", url.Values{"text": {edited}, "base": {edited}, "version": {version}, "do": {"trial"}})
		if code != http.StatusOK || !strings.Contains(body, "with the measures as of") {
			t.Errorf("the trial answers %d %s", code, body)
		}
		if _, err := o.app.Resources.ApplyEdit(ctx, o.actor, edit, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := o.app.Evaluate.EvaluateRange(ctx, minori.System(), evaluate.Range{From: day, To: day, Every: minori.Window{N: 1, Unit: minori.Days}}, nil); err != nil {
			t.Fatal(err)
		}
		after := o.bandsAt(t, at)
		if x.Subjects != len(after) || x.Before == nil {
			t.Errorf("%d: %d subjects, want %d", i, x.Subjects, len(after))
		}
		moved := map[minori.ID]bool{}
		for _, m := range x.Moves {
			moved[m.Subject] = true
			if before[m.Subject].Band != string(m.FromBand) || after[m.Subject].Band != string(m.ToBand) {
				t.Errorf("%d: %d would go from %q to %q, went from %q to %q", i, m.Subject, m.FromBand, m.ToBand, before[m.Subject].Band, after[m.Subject].Band)
			}
			if s := after[m.Subject].Score; (s == nil) != (m.ToScore == nil) || s != nil && *s != *m.ToScore {
				t.Errorf("%d: %d would score %v, scores %v", i, m.Subject, m.ToScore, s)
			}
		}
		counts := map[scorecard.Band]int{}
		for id, a := range after {
			counts[scorecard.Band(a.Band)]++
			if (a.Band != before[id].Band) != moved[id] {
				t.Errorf("%d: the move of %d from %q to %q was not told", i, id, before[id].Band, a.Band)
			}
		}
		for b, n := range counts {
			if x.After.Bands[b] != n {
				t.Errorf("%d: %d would be %q, %d are", i, x.After.Bands[b], b, n)
			}
		}
	}
}

func (o *office) bandsAt(t *testing.T, at minori.AsOf) map[minori.ID]evaluate.ScoreRow {
	t.Helper()
	cfg, err := o.app.Resources.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	card, _ := cfg.Scorecard("health")
	rows, err := o.app.Lake.Scores(context.Background(), at, card.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[minori.ID]evaluate.ScoreRow{}
	for _, r := range rows {
		out[r.Subject] = r
	}
	return out
}

func testEditRule(t *testing.T, o *office) {
	text, version := o.opened(t, "/rules/health-dropped")
	edited := strings.Replace(text, "< -15", "< -1", 1)
	form := url.Values{"text": {edited}, "base": {edited}, "version": {version}, "do": {"history"}, "from": {"2025-05-01"}, "to": {"2025-06-30"}, "every": {"7"}}
	code, body := o.typed(t, "/rules/health-dropped/edit", form)
	if code != http.StatusOK {
		t.Fatalf("the preview answers %d", code)
	}
	mustHave(t, body, "would have started", `"kind":"scatter"`, "Precision")
	count := func(body string) int {
		m := regexp.MustCompile(`(\d+) episodes?`).FindStringSubmatch(html.UnescapeString(body))
		if m == nil {
			return 0
		}
		n, _ := strconv.Atoi(m[1])
		return n
	}
	form.Set("text", text)
	form.Set("base", text)
	_, was := o.typed(t, "/rules/health-dropped/edit", form)
	if count(body) <= count(was) {
		t.Errorf("a looser rule has %d episodes, the one in force %d", count(body), count(was))
	}
	form.Set("every", "1")
	_, body = o.typed(t, "/rules/health-dropped/edit", form)
	mustHave(t, body, "61 steps", "at most 60")
	form.Set("do", "trial")
	_, body = o.typed(t, "/rules/health-dropped/edit", form)
	mustHave(t, body, "score_change", "as of 30 Jun 2025")
	if now, _ := o.opened(t, "/rules/health-dropped"); now != text {
		t.Error("trying out changed the rule")
	}
}

func testEditConflict(t *testing.T, o *office) {
	text, version := o.opened(t, "/rules/detractor")
	mine, theirs := strings.Replace(text, "due: 2bd", "due: 4bd", 1), strings.Replace(text, "cooldown: 30d", "cooldown: 20d", 1)
	if code, _, to := o.post(t, "/rules/detractor/edit", url.Values{"text": {theirs}, "base": {text}, "version": {version}, "do": {"apply"}}); code != http.StatusSeeOther || to != "/rules/detractor" {
		t.Fatalf("applying answers %d to %s", code, to)
	}
	form := url.Values{"text": {mine}, "base": {text}, "version": {version}, "do": {"apply"}, "comment": {"mine"}}
	code, body, _ := o.post(t, "/rules/detractor/edit?lang=en", form)
	if code != http.StatusConflict || textIn(t, body) != mine {
		t.Fatalf("the second to apply gets %d", code)
	}
	mustHave(t, body, "Somebody else changed this", "-cooldown: 20d", "+cooldown: 30d", `value="mine"`)
	form.Set("version", regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(body)[1])
	if code, _, _ := o.post(t, "/rules/detractor/edit", form); code != http.StatusSeeOther {
		t.Errorf("applying again answers %d", code)
	}
	if now, _ := o.opened(t, "/rules/detractor"); now != mine {
		t.Errorf("the rule is now\n%s", now)
	}
}

func testSegmentWhy(t *testing.T, o *office) {
	_, body := o.get(t, "/segments/onboarding?lang=en")
	m := regexp.MustCompile(`\?why=([A-Za-z0-9_-]+)`).FindStringSubmatch(body)
	if m == nil {
		_, body = o.get(t, "/segments/onboarding?show=out&lang=en")
		m = regexp.MustCompile(`\?why=([A-Za-z0-9_-]+)`).FindStringSubmatch(body)
	}
	code, body := o.get(t, "/segments/onboarding?lang=en&why="+m[1])
	if code != http.StatusOK || !regexp.MustCompile(`Holds|Does not hold`).MatchString(body) {
		t.Errorf("why answers %d", code)
	}
	_, body = o.get(t, "/segments/onboarding?lang=en&why=nobody-at-all")
	mustHave(t, body, "no account with the id")
}

func testEditNew(t *testing.T, o *office) {
	text, version := o.opened(t, "/segments/-")
	text = strings.Replace(text, "name: new-segment", "name: large", 1)
	code, _, to := o.post(t, "/segments/-/edit", url.Values{"text": {text}, "base": {text}, "version": {version}, "do": {"apply"}})
	if code != http.StatusSeeOther || to != "/segments/large" {
		t.Fatalf("making a segment answers %d to %s", code, to)
	}
	code, body, _ := o.post(t, "/segments/-/edit?lang=en", url.Values{"text": {text}, "base": {text}, "version": {version}, "do": {"apply"}})
	if code != http.StatusConflict {
		t.Errorf("making it again answers %d", code)
	}
	mustHave(t, body, "exists already")
}

// testPlaybookUse holds the figures against the calls they are counted from.
func testPlaybookUse(t *testing.T, o *office) {
	ctx := context.Background()
	uses, err := o.app.Actions.PlaybookUses(ctx, o.actor, "adoption-rescue")
	if err != nil || len(uses) == 0 {
		t.Fatal(err, len(uses))
	}
	counts, err := o.app.Actions.PlaybookCounts(ctx, o.actor)
	if err != nil || counts["adoption-rescue"].Used != len(uses) {
		t.Fatalf("%+v, %d uses, %v", counts, len(uses), err)
	}
	before := counts["adoption-rescue"].Finished
	for _, u := range uses {
		if u.Finished > 0 || u.Closed > 0 {
			continue
		}
		c, err := o.app.Actions.Get(ctx, o.actor, u.Call)
		if err != nil {
			t.Fatal(err)
		}
		for range c.Tasks { // again and again, as tasks wait for others
			for _, task := range c.Tasks {
				if now, err := o.app.Actions.SetTask(ctx, o.actor, c.ID, c.Version, task.Name, true); err == nil {
					c = now
				}
			}
		}
		break
	}
	if counts, err = o.app.Actions.PlaybookCounts(ctx, o.actor); err != nil || counts["adoption-rescue"].Finished != before+1 {
		t.Errorf("%d finished, want %d, %v", counts["adoption-rescue"].Finished, before+1, err)
	}
	_, body := o.get(t, "/playbooks/adoption-rescue?lang=en")
	mustHave(t, body, "are associations", "Outcome holds today", "Health score since opening")
}
