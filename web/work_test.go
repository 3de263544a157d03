package web_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/sample"
)

// workEnd is the last day of the sample; the clock stands at noon of the next.
const workEnd = "2025-06-30"

// office is a small sample company over real stores, with its pages.
type office struct {
	app   *app.App
	mu    sync.Mutex
	actor minori.Actor
	pages http.Handler
}

// as gives the office as seen by another role.
func (o *office) as(actor minori.Actor) *office {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.actor = actor
	return o
}

// newOffice makes a company of 40 accounts with half a year of history.
func newOffice(t *testing.T) *office {
	t.Helper()
	ctx := context.Background()
	end, err := minori.ParseDay(workEnd)
	if err != nil {
		t.Fatal(err)
	}
	company := sample.New(sample.Config{Seed: 3, Accounts: 40, Days: 200, Lang: minori.EN, End: end})
	cfg := app.Config{Data: filepath.Join(t.TempDir(), "data"), Clock: func() time.Time { return (end + 1).UTC().Add(12 * time.Hour) }}
	if err := app.Init(ctx, cfg, company.Settings()); err != nil {
		t.Fatal(err)
	}
	o := &office{actor: minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations}}
	if o.app, err = app.New(ctx, cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.app.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := o.app.FillSample(ctx, company, nil); err != nil {
		t.Fatal(err)
	}
	days := evaluate.Range{From: end - 70, To: end, Every: minori.Window{N: 7, Unit: minori.Days}}
	if _, err := o.app.Evaluate.EvaluateRange(ctx, minori.System(), days, nil); err != nil {
		t.Fatal(err)
	}
	o.pages, err = o.app.HandlerFor(func(*http.Request) (minori.Actor, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		return o.actor, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// get reads a page as text with its status.
func (o *office) get(t *testing.T, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	o.pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
	return w.Code, w.Body.String()
}

// post sends a form and gives status, body and where it leads.
func (o *office) post(t *testing.T, path string, form url.Values) (int, string, string) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	o.pages.ServeHTTP(w, r)
	return w.Code, w.Body.String(), w.Header().Get("Location")
}

// openCall gives an open call with tasks.
func (o *office) openCall(t *testing.T) action.Call {
	t.Helper()
	list, _, err := o.app.Actions.List(context.Background(), minori.System(), action.Filter{Status: action.StatusNew}, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.TaskCount > 1 {
			if c, err = o.app.Actions.Get(context.Background(), minori.System(), c.ID); err != nil {
				t.Fatal(err)
			}
			return c
		}
	}
	t.Fatal("no open call with tasks")
	return action.Call{}
}

// account gives the id of an account that has a score.
func (o *office) account(t *testing.T) string {
	t.Helper()
	_, body := o.get(t, "/scorecards/health")
	m := regexp.MustCompile(`/scorecards/health/accounts/([A-Za-z0-9_-]+)`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no account on the scorecard's page")
	}
	return m[1]
}

func mustHave(t *testing.T, body string, words ...string) {
	t.Helper()
	text := html.UnescapeString(body)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the page does not say %q", w)
		}
	}
}

// TestWorkPages runs every part over one company, as making it takes seconds.
func TestWorkPages(t *testing.T) {
	o := newOffice(t)
	ops, csm := o.actor, minori.Actor{Name: "csm@example.com", Role: minori.RoleCSM}
	observer := minori.Actor{Name: "eye@example.com", Role: minori.RoleObserver}
	for _, part := range []struct {
		name  string
		actor minori.Actor
		run   func(*testing.T, *office)
	}{
		{"both languages", ops, testLanguages}, {"bad parameters", ops, testBadParameters}, {"figures agree", ops, testFiguresAgree},
		{"preview", ops, testPreview}, {"preview refused", csm, testPreviewRefused}, {"observer", observer, testObserver},
		{"conflict", csm, testConflict}, {"work", csm, testWork}, {"override", csm, testOverride}, {"escape", csm, testEscape},
		{"no rate", ops, testNoRate}, {"versions", ops, testVersions},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, o.as(part.actor)) })
	}
}

func testLanguages(t *testing.T, o *office) {
	call, key := o.openCall(t), o.account(t)
	missing := regexp.MustCompile(`>(?:call|cockpit|scorecard|score|rule|preview|retention|cohort|workspace|override|evidence|moved|event|task|status|type)\.[a-z-]+[.a-z-]*<`)
	for path, want := range map[string][2]string{
		"/cockpit":                            {"overdue and", "期限超過"},
		"/cockpit?status=closed":              {"Calls to action", "アクション"},
		"/cockpit?view=unassigned":            {"Unassigned", "担当なし"},
		"/cockpit?view=mine":                  {"You are not among the people", "社員として登録されていません"},
		fmt.Sprintf("/cockpit/%d", call.ID):   {"Why it was opened", "作成された理由"},
		"/scorecards":                         {"Health score", "ヘルススコア"},
		"/scorecards/health":                  {"Largest falls", "大きく低下"},
		"/scorecards/health?as_of=2025-06-20": {"16 Jun 2025", "2025年6月16日(月)"},
		"/scorecards/health/accounts/" + key:  {"What the score is made of", "スコアの内訳"},
		"/rules":                              {"Health score is red", "ヘルススコアが赤"},
		"/rules/health-red":                   {"Preview on the past", "過去データでのプレビュー"},
		"/retention":                          {"Gross retention (GRR)", "グロスリテンション率(GRR)"},
		"/retention?by=account.tier":          {"Total", "合計"},
		"/workspace":                          {"Sample company", "作成時に固定"},
		"/workspace/1":                        {"Version 1", "第1版"},
		"/workspace/definitions?kind=Rule":    {"kind: Rule", "kind: Rule"},
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
			if m := missing.FindString(body); m != "" {
				t.Errorf("%s in %s shows the key %s", path, lang, m)
			}
			if strings.Contains(body, "%!") || strings.Contains(body, "{count}") {
				t.Errorf("%s in %s has an unfilled place", path, lang)
			}
		}
	}
}

func testBadParameters(t *testing.T, o *office) {
	for path, want := range map[string]struct {
		code int
		say  string
	}{
		"/cockpit?page=zero":                 {400, "zero"},
		"/cockpit?status=lost":               {400, "none of the choices"},
		"/cockpit?view=all&owner=nobody":     {400, "no person with the id"},
		"/cockpit/0":                         {404, "no such call"},
		"/cockpit/99999999":                  {404, "no such call"},
		"/cockpit/abc":                       {404, "no such call"},
		"/scorecards/nothing":                {404, "no scorecard “nothing”"},
		"/scorecards/health/accounts/nobody": {404, "no account with the id"},
		"/scorecards/health/accounts/" + o.account(t) + "?since=2025-02-30": {400, "is not a date"},
		"/scorecards/health/accounts/" + o.account(t) + "?since=2025-07-01": {400, "Compare with a day before"},
		"/scorecards?as_of=2026-01-01":                                      {400, "2026"},
		"/rules/nothing":                                                    {404, "no rule “nothing”"},
		"/rules/health-red?from=x":                                          {400, "is not a date"},
		"/rules/health-red?from=2025-06-30&to=2025-06-01":                   {400, "after it ends"},
		"/rules/health-red?every=0":                                         {400, "not a number of days"},
		"/rules/health-red?to=2025-12-31":                                   {400, "future"},
		"/retention?from=x":                                                 {400, "is not a date"},
		"/retention?from=2025-06-30&to=2025-06-01":                          {400, "after it ends"},
		"/retention?by=account.nothing":                                     {400, "no field or segment"},
		"/workspace/0":                                                      {404, "no version"},
		"/workspace/77":                                                     {404, "no version"},
		"/workspace/definitions?kind=Nothing":                               {400, "no kind of definition"},
	} {
		code, body := o.get(t, path)
		if code != want.code {
			t.Errorf("%s answers %d, want %d", path, code, want.code)
		}
		if !strings.Contains(html.UnescapeString(body), want.say) {
			t.Errorf("%s does not say %q", path, want.say)
		}
	}
}

// testFiguresAgree holds pages against the services they read.
func testFiguresAgree(t *testing.T, o *office) {
	ctx := context.Background()
	_, total, err := o.app.Actions.List(ctx, minori.System(), action.Filter{Status: action.AnyOpen}, minori.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, body := o.get(t, "/cockpit?view=all")
	mustHave(t, body, fmt.Sprintf("of %d calls to action", total))
	from, to := minori.Date(2024, 12, 31), minori.Date(2025, 6, 30)
	r, err := o.app.Retention(ctx, minori.System(), from, to, "")
	if err != nil {
		t.Fatal(err)
	}
	_, body = o.get(t, "/retention?from="+from.String()+"&to="+to.String())
	mustHave(t, body, fmt.Sprintf("%.1f%%", *r.GRR*100), fmt.Sprintf("%.1f%%", *r.NRR*100))
	key := o.account(t)
	c, err := o.app.ExplainScore(ctx, minori.System(), "health", key, minori.EndOf(to, o.app.Location()), nil, minori.EN)
	if err != nil {
		t.Fatal(err)
	}
	_, body = o.get(t, "/scorecards/health/accounts/"+key)
	mustHave(t, body, fmt.Sprintf("%.1f", *c.Score))
}

func testPreview(t *testing.T, o *office) {
	code, body := o.get(t, "/rules/health-red?from=2025-04-15&to=2025-06-30&every=7")
	if code != http.StatusOK {
		t.Fatalf("the preview answers %d", code)
	}
	mustHave(t, body, "Precision", "Recall", "would have started", `"kind":"scatter"`)
	code, body = o.get(t, "/rules/health-red?from=2020-01-01&to=2025-06-30&every=7")
	if code != http.StatusBadRequest {
		t.Errorf("a preview of too many steps answers %d", code)
	}
	mustHave(t, body, "288 steps", "at most 60", `value="2020-01-01"`)
	if code, _ := o.get(t, "/rules/health-red?from=2025-03-02&to=2025-06-30&every=1"); code != http.StatusBadRequest {
		t.Errorf("a preview of 121 steps answers %d", code)
	}
}

func testPreviewRefused(t *testing.T, o *office) {
	code, body := o.get(t, "/rules/health-red")
	if code != http.StatusOK || strings.Contains(body, "Run preview") {
		t.Errorf("a CSM sees %d with the form of the preview", code)
	}
	if code, _ := o.get(t, "/rules/health-red?from=2025-06-01&to=2025-06-30&every=7"); code != http.StatusForbidden {
		t.Errorf("a CSM's preview answers %d", code)
	}
}

func testObserver(t *testing.T, o *office) {
	c, key := o.openCall(t), o.account(t)
	version := fmt.Sprint(c.Version)
	for do, form := range map[string]url.Values{
		"assign": {"owner": {""}}, "start": {}, "snooze": {"until": {"2025-07-10"}}, "close": {"result": {"success"}},
		"comment": {"comment": {"x"}}, "task": {"task": {c.Tasks[0].Name}, "done": {"true"}},
	} {
		form.Set("version", version)
		if code, _, _ := o.post(t, fmt.Sprintf("/cockpit/%d/%s", c.ID, do), form); code != http.StatusForbidden {
			t.Errorf("an observer's %s answers %d", do, code)
		}
	}
	path := "/scorecards/health/accounts/" + key + "/override"
	for _, p := range []string{path, path + "/clear"} {
		if code, _, _ := o.post(t, p, url.Values{"value": {"10"}, "reason": {"x"}, "until": {"2025-07-10"}}); code != http.StatusForbidden {
			t.Errorf("an observer's POST to %s answers %d", p, code)
		}
	}
	_, body := o.get(t, fmt.Sprintf("/cockpit/%d", c.ID))
	if strings.Contains(body, `method="post" action="/cockpit`) {
		t.Error("an observer is offered forms")
	}
	if _, err := o.app.Actions.Get(context.Background(), minori.System(), c.ID); err != nil {
		t.Error(err)
	}
}

func testConflict(t *testing.T, o *office) {
	c := o.openCall(t)
	path := fmt.Sprintf("/cockpit/%d/", c.ID)
	other := minori.Actor{Name: "rival@example.com", Role: minori.RoleCSM}
	if _, err := o.app.Actions.SetStatus(context.Background(), other, c.ID, c.Version, action.StatusInProgress); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"version": {fmt.Sprint(c.Version)}, "result": {"no_success"}, "closing": {"They <b>left</b> us & went"}}
	code, body, _ := o.post(t, path+"close?lang=en", form)
	if code != http.StatusConflict {
		t.Fatalf("the second to save gets %d", code)
	}
	mustHave(t, body, "rival@example.com", "Status: In progress", "They <b>left</b> us & went", `value="no_success" selected`)
	if strings.Contains(body, "<b>left</b>") {
		t.Error("what was entered is not escaped")
	}
	code, body, _ = o.post(t, path+"close?lang=ja", form)
	if code != http.StatusConflict {
		t.Errorf("in Japanese the second to save gets %d", code)
	}
	mustHave(t, body, "他の人がこのアクションを変更した", "rival@example.com")
	now, err := o.app.Actions.Get(context.Background(), minori.System(), c.ID)
	if err != nil || now.Status != action.StatusInProgress {
		t.Errorf("the call is %v, %v", now.Status, err)
	}
	form.Set("version", fmt.Sprint(now.Version))
	if code, _, to := o.post(t, path+"close", form); code != http.StatusSeeOther || to != fmt.Sprintf("/cockpit/%d", c.ID) {
		t.Errorf("saving again answers %d to %s", code, to)
	}
}

func testWork(t *testing.T, o *office) {
	ctx := context.Background()
	c := o.openCall(t)
	path := fmt.Sprintf("/cockpit/%d/", c.ID)
	do := func(want int, what string, form url.Values) string {
		t.Helper()
		now, err := o.app.Actions.Get(ctx, minori.System(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		form.Set("version", fmt.Sprint(now.Version))
		code, body, _ := o.post(t, path+what, form)
		if code != want {
			t.Errorf("%s %v answers %d, want %d", what, form, code, want)
		}
		return body
	}
	waiting := ""
	for _, task := range c.Tasks {
		if len(task.After) > 0 && waiting == "" {
			waiting = task.Name
		}
	}
	mustHave(t, do(400, "task", url.Values{"task": {waiting}, "done": {"true"}}), "which is not done yet")
	do(303, "task", url.Values{"task": {c.Tasks[0].Name}, "done": {"true"}})
	do(303, "task", url.Values{"task": {c.Tasks[0].Name}, "done": {"false"}})
	mustHave(t, do(400, "snooze", url.Values{"until": {"2025-06-01"}}), "Snooze until a day after today", `value="2025-06-01"`)
	mustHave(t, do(400, "snooze", url.Values{"until": {"soon"}}), "is not a date")
	do(303, "snooze", url.Values{"until": {"2025-07-20"}})
	do(303, "start", url.Values{})
	mustHave(t, do(400, "assign", url.Values{"owner": {"nobody-there"}}), "no person with the id")
	do(303, "assign", url.Values{"owner": {""}})
	mustHave(t, do(400, "comment", url.Values{"comment": {"  "}}), "Write a comment")
	do(303, "comment", url.Values{"comment": {"Called the sponsor"}})
	mustHave(t, do(400, "close", url.Values{"result": {""}, "closing": {"kept text"}}), "Choose a result", "kept text")
	do(404, "explode", url.Values{})
	if code, _, _ := o.post(t, path+"start", url.Values{"version": {"x"}}); code != http.StatusBadRequest {
		t.Errorf("a form without version answers %d", code)
	}
	do(303, "close", url.Values{"result": {"success"}, "closing": {"Saved"}})
	_, body := o.get(t, fmt.Sprintf("/cockpit/%d", c.ID))
	mustHave(t, body, "Called the sponsor", "Closed: Success", "Saved", "Snoozed until 20 Jul 2025")
}

func testOverride(t *testing.T, o *office) {
	path := "/scorecards/health/accounts/" + o.account(t)
	for _, bad := range []struct {
		form url.Values
		say  string
	}{
		{url.Values{"value": {"101"}, "reason": {"kept"}, "until": {"2025-07-10"}}, "is not a score"},
		{url.Values{"value": {"NaN"}, "reason": {"kept"}, "until": {"2025-07-10"}}, "is not a score"},
		{url.Values{"value": {"40"}, "reason": {" "}, "until": {"2025-07-10"}}, "Say why"},
		{url.Values{"value": {"40"}, "reason": {"kept"}, "until": {"2025-06-10"}}, "within a year"},
	} {
		code, body, _ := o.post(t, path+"/override", bad.form)
		if code != http.StatusBadRequest {
			t.Errorf("%v answers %d", bad.form, code)
		}
		mustHave(t, body, bad.say)
	}
	if code, _, _ := o.post(t, path+"/override/clear", nil); code != http.StatusNotFound {
		t.Errorf("clearing nothing answers %d", code)
	}
	if code, _, to := o.post(t, path+"/override", url.Values{"value": {"40"}, "reason": {"The sponsor <i>left</i>"}, "until": {"2025-07-10"}}); code != http.StatusSeeOther || !strings.HasPrefix(to, path) {
		t.Fatalf("setting it answers %d to %s", code, to)
	}
	_, body := o.get(t, path)
	mustHave(t, body, "The sponsor <i>left</i>", "until 10 Jul 2025", "End the manual score")
	if strings.Contains(body, "<i>left</i>") {
		t.Error("the reason is not escaped")
	}
	if code, _, _ := o.post(t, path+"/override/clear", nil); code != http.StatusSeeOther {
		t.Errorf("clearing answers %d", code)
	}
	_, body = o.get(t, path)
	mustHave(t, body, "Earlier manual scores")
}

func testEscape(t *testing.T, o *office) {
	c := o.openCall(t)
	text := `<script>alert(1)</script>"'&`
	if code, _, _ := o.post(t, fmt.Sprintf("/cockpit/%d/comment", c.ID), url.Values{"version": {fmt.Sprint(c.Version)}, "comment": {text}}); code != http.StatusSeeOther {
		t.Fatalf("the comment answers %d", code)
	}
	_, body := o.get(t, fmt.Sprintf("/cockpit/%d", c.ID))
	mustHave(t, body, text)
	if strings.Contains(body, "<script>alert") {
		t.Error("a comment is not escaped")
	}
	for _, path := range []string{"/cockpit?status=", "/rules/", "/scorecards/", "/retention?by=", "/workspace/definitions?kind=", "/rules/health-red?from="} {
		if _, body := o.get(t, path+url.QueryEscape("<script>alert(1)")); strings.Contains(body, "<script>alert") {
			t.Errorf("%s gives back what it was sent", path)
		}
	}
}

// testNoRate takes away what converts a currency by asking for days before the
// first rate.
func testNoRate(t *testing.T, o *office) {
	_, err := o.app.Retention(context.Background(), minori.System(), minori.Date(2010, 1, 1), minori.Date(2025, 6, 30), "")
	var e *minori.Error
	if !errors.As(err, &e) || e.Code != minori.Invalid {
		t.Skipf("the sample has rates from the beginning: %v", err)
	}
	code, body := o.get(t, "/retention?from=2010-01-01&to=2025-06-30&lang=ja")
	if code != http.StatusOK {
		t.Errorf("without a rate the page answers %d", code)
	}
	mustHave(t, body, "換算レートがありません", "2010年1月1日")
}

// testVersions changes a rule and reads what the new version says.
func testVersions(t *testing.T, o *office) {
	ctx := context.Background()
	shown, err := o.app.Resources.Show(ctx, minori.System(), 1)
	if err != nil {
		t.Fatal(err)
	}
	rules := strings.Replace(shown.Files["rules.yaml"], "Health score is red", "Health is <red> now", 1)
	if _, err := o.app.Apply(ctx, minori.System(), []resource.File{{Name: "rules.yaml", Data: []byte(rules)}}, false, "Another <title>", nil); err != nil {
		t.Fatal(err)
	}
	code, body := o.get(t, "/workspace/2")
	if code != http.StatusOK {
		t.Fatalf("version 2 answers %d", code)
	}
	mustHave(t, body, "Version 2", "Another <title>", "Rule health-red", `class="diff-del"`, `class="diff-add"`, "Health is <red> now", "1 changed")
	if strings.Contains(body, "<red>") || strings.Contains(body, "<title>Another") {
		t.Error("definitions are not escaped")
	}
	code, body = o.get(t, "/workspace")
	if code != http.StatusOK {
		t.Errorf("the history answers %d", code)
	}
	mustHave(t, body, "Another <title>", "Version 2 of the definitions")
	_, body = o.get(t, "/rules/health-red")
	mustHave(t, body, "Health is <red> now")
}
