package web_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/store/lake"
)

// TestDeskPages runs every part over one company, as making it takes seconds.
func TestDeskPages(t *testing.T) {
	o := newOffice(t)
	ops := o.actor
	csm := o.csm(t)
	me := minori.Actor{Name: "me@example.com", Role: minori.RoleCSM, Person: csm.ID}
	lead := minori.Actor{Name: "lead@example.com", Role: minori.RoleLeader, Person: csm.ID}
	for _, part := range []struct {
		name  string
		actor minori.Actor
		run   func(*testing.T, *office)
	}{
		{"desk in both languages", lead, testDeskLanguages}, {"home of everybody", ops, testHomeWhole}, {"home of one", me, testHomeOwn},
		{"hidden risk agrees with the rule", ops, testHiddenAgrees}, {"team", lead, testTeam}, {"filters", me, testCockpitFilters},
		{"bulk and undo", me, testBulkPages}, {"bulk refused", me, testBulkRefused}, {"drawer", me, testDrawer}, {"ticking beside the list", me, testTickAside},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, o.as(part.actor)) })
	}
}

// csm gives somebody who has open calls.
func (o *office) csm(t *testing.T) account.Person {
	t.Helper()
	list, _, err := o.app.Actions.List(context.Background(), minori.System(), action.Filter{Status: action.AnyAwake}, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.Owner != 0 {
			p, err := o.app.Accounts.Person(context.Background(), minori.System(), c.Owner)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	t.Fatal("nobody has open calls")
	return account.Person{}
}

// mine gives the reader's open calls.
func (o *office) mine(t *testing.T) []action.Call {
	t.Helper()
	list, _, err := o.app.Actions.List(context.Background(), minori.System(), action.Filter{Status: action.AnyAwake, Owner: o.actor.Person}, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// htmx sends a request as the scripts do, for a part of a page.
func (o *office) htmx(t *testing.T, path, target string, form url.Values) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
	if form != nil {
		r = httptest.NewRequest(http.MethodPost, "http://localhost"+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("HX-Request", "true")
	r.Header.Set("HX-Target", target)
	o.pages.ServeHTTP(w, r)
	return w
}

func testDeskLanguages(t *testing.T, o *office) {
	for path, want := range map[string][2]string{
		"/":                               {"What moved", "変化のあった顧客"},
		"/cockpit":                        {"Tasks due", "期限の近いタスク"},
		"/cockpit?view=team":              {"Renewals in 90 days", "90日以内の契約更新"},
		"/cockpit?view=all&status=closed": {"Calls to action", "アクション"},
		"/cockpit/team":                   {"Tasks this week", "今週のタスク"},
		"/hidden-risk?view=all":           {"No call, meeting or review", "通話・会議・レビュー"},
		"/hidden-risk?days=3650":          {"Hidden risk", "隠れリスク"},
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
			mustHave(t, body, want[i])
			if m := keys.FindString(body); m != "" {
				t.Errorf("%s in %s shows the key %s", path, lang, m)
			}
			if m := regexp.MustCompile(`%!|\{[a-z]+\}`).FindString(regexp.MustCompile(`data-words="[^"]*"`).ReplaceAllString(body, "")); m != "" {
				t.Errorf("%s in %s has an unfilled place %s", path, lang, m)
			}
		}
	}
}

func testHomeWhole(t *testing.T, o *office) {
	_, body := o.get(t, "/?lang=en")
	mustHave(t, body, "You are not among the people", "Due work", "Coming", "Wins")
	counts, err := o.app.Actions.Counts(context.Background(), o.actor, action.Filter{Status: action.AnyAwake}, o.app.Actions.Today())
	if err != nil {
		t.Fatal(err)
	}
	if counts[0] > 1 {
		mustHave(t, body, fmt.Sprintf("%d calls to action due", counts[0]))
	}
}

func testHomeOwn(t *testing.T, o *office) {
	person, err := o.app.Accounts.Person(context.Background(), minori.System(), o.actor.Person)
	if err != nil {
		t.Fatal(err)
	}
	_, body := o.get(t, "/?lang=en")
	mustHave(t, body, ", "+person.Name) // a greeting by name
	calls := o.mine(t)
	due := 0
	for _, c := range calls {
		if c.Due <= o.app.Actions.Today() {
			due++
		}
	}
	switch {
	case due == 1:
		mustHave(t, body, "1 call to action due")
	case due > 1:
		mustHave(t, body, fmt.Sprintf("%d calls to action due", due))
	}
	mustHave(t, body, fmt.Sprintf("/cockpit/%d", calls[0].ID))
	if _, ja := o.get(t, "/?lang=ja"); !strings.Contains(html.UnescapeString(ja), person.Name+"さん") {
		t.Error("no greeting by name in Japanese")
	}
}

// testHiddenAgrees reads all accounts and asks the rule about each; the page
// has to list the same ones.
func testHiddenAgrees(t *testing.T, o *office) {
	const quiet = 30
	columns := append([]string{"band:health"}, evaluate.HiddenColumns()...)
	page, err := o.app.Lake.List(context.Background(), lake.ListQuery{Kind: minori.Account, Columns: columns, Page: minori.Page{Limit: minori.MaxPage}})
	if err != nil {
		t.Fatal(err)
	}
	want, green := 0, 0
	_, body := o.get(t, fmt.Sprintf("/hidden-risk?view=all&lang=en&days=%d", quiet))
	for _, row := range page.Rows {
		h, ok := evaluate.HiddenOf(row.Cells[0].Text, row.Cells[1:])
		if !ok {
			t.Fatalf("%s was computed without what hidden risk is told from", row.Key)
		}
		hidden := len(h.Signs(quiet)) > 0
		if hidden {
			want++
		}
		if row.Cells[0].Text == "green" {
			green++
		}
		if listed := strings.Contains(body, `/accounts/`+row.Key+`"`); listed != hidden {
			t.Errorf("%s is listed: %v, by the rule: %v", row.Key, listed, hidden)
		}
	}
	if want == 0 || want == green {
		t.Fatalf("%d of %d green accounts have hidden risk, which tests nothing", want, green)
	}
	mustHave(t, body, fmt.Sprintf("%d accounts with", want))
	for _, bad := range []string{"0", "x", "99999"} {
		if code, _ := o.get(t, "/hidden-risk?days="+bad); code != http.StatusBadRequest {
			t.Errorf("days=%s answers %d", bad, code)
		}
	}
}

func testTeam(t *testing.T, o *office) {
	loads, err := o.app.Actions.Loads(context.Background(), o.actor)
	if err != nil {
		t.Fatal(err)
	}
	code, body := o.get(t, "/cockpit/team?lang=en")
	if code != http.StatusOK {
		t.Fatalf("answers %d", code)
	}
	open := 0
	for _, l := range loads {
		open += l.Open
	}
	mustHave(t, body, fmt.Sprintf("%d calls to be worked", open), "Slipping", "Hours")
	var names []string
	for _, m := range regexp.MustCompile(`href="/cockpit\?owner=[^"]*"[^>]*>([^<]+)<`).FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatal("nobody's load is shown")
	}
	for i := 1; i < len(names); i++ {
		if names[i] < names[i-1] {
			t.Errorf("%s stands after %s: the order is by name", names[i], names[i-1])
		}
	}
	if code, body := o.as(minori.Actor{Name: "me@example.com", Role: minori.RoleCSM, Person: o.actor.Person}).get(t, "/cockpit"); code != http.StatusOK || strings.Contains(body, "/cockpit/team") {
		t.Errorf("a CSM is led to the team's load (%d)", code)
	}
	for _, role := range []minori.Role{minori.RoleCSM, minori.RoleManager, minori.RoleObserver} {
		if code, _ := o.as(minori.Actor{Name: "me@example.com", Role: role}).get(t, "/cockpit/team"); code != http.StatusForbidden {
			t.Errorf("%s reads the team's load: %d", role, code)
		}
	}
}

func testCockpitFilters(t *testing.T, o *office) {
	for path, want := range map[string]int{
		"/cockpit?view=mine&priority=high": 200, "/cockpit?view=team&rule=health-red": 200, "/cockpit?status=open": 200,
		"/cockpit?status=snoozed&type=risk": 200, "/cockpit?priority=huge": 400, "/cockpit?view=theirs": 400, "/cockpit?done=nothing": 200,
	} {
		if code, _ := o.get(t, path); code != want {
			t.Errorf("%s answers %d, want %d", path, code, want)
		}
	}
	_, body := o.get(t, "/cockpit?view=all&priority=high&lang=ja")
	mustHave(t, body, "優先度")
}

// picked writes calls as the boxes of the list send them.
func picked(calls ...action.Call) url.Values {
	form := url.Values{"return": {"/cockpit?lang=en"}}
	for _, c := range calls {
		form.Add("call", fmt.Sprintf("%d:%d", c.ID, c.Version))
	}
	return form
}

func testBulkPages(t *testing.T, o *office) {
	calls := o.mine(t)[:3]
	if _, err := o.app.Actions.Comment(context.Background(), minori.Actor{Name: "ken@example.com", Role: minori.RoleCSM}, calls[2].ID, "I rang them."); err != nil {
		t.Fatal(err)
	}
	form := picked(calls...)
	until := o.app.Actions.Today() + 5
	form.Set("do", "snooze:"+until.String())
	code, _, to := o.post(t, "/cockpit/bulk", form)
	if code != http.StatusSeeOther || !strings.Contains(to, "done=") || !strings.HasPrefix(to, "/cockpit?") {
		t.Fatalf("%d to %s", code, to)
	}
	_, body := o.get(t, to)
	mustHave(t, body, "2 calls snoozed until", "1 call stayed as it was", "ken@example.com", "Undo")
	if strings.Contains(body, fmt.Sprintf(`id="call-%d"`, calls[0].ID)) {
		t.Error("a snoozed call is still to be worked")
	}
	if _, ja := o.get(t, strings.Replace(to, "lang=en", "lang=ja", 1)); !strings.Contains(ja, "元に戻す") {
		t.Error("nothing about it in Japanese")
	}
	token := regexp.MustCompile(`done=([a-z0-9]+)`).FindStringSubmatch(to)[1]
	code, _, to = o.post(t, "/cockpit/undo", url.Values{"token": {token}, "return": {"/cockpit?lang=en"}})
	if code != http.StatusSeeOther {
		t.Fatalf("undo answers %d", code)
	}
	_, body = o.get(t, to)
	mustHave(t, body, "2 calls are as they were before", fmt.Sprintf(`id="call-%d"`, calls[0].ID))
	if code, body, _ := o.post(t, "/cockpit/undo", url.Values{"token": {token}}); code != http.StatusConflict || !strings.Contains(body, "taken back already") {
		t.Errorf("undo twice answers %d", code)
	}
	now := o.mine(t)
	form = picked(now[0])
	form.Set("do", "close:success")
	form.Set("bulk_closing", "Done <b>well</b>")
	form.Set("return", "https://example.com/")
	if code, _, to := o.post(t, "/cockpit/bulk", form); code != http.StatusSeeOther || !strings.HasPrefix(to, "/") {
		t.Errorf("%d to %s", code, to)
	}
	_, body = o.get(t, fmt.Sprintf("/cockpit/%d?lang=en", now[0].ID))
	mustHave(t, body, "Closed: ", "Done <b>well</b>")
	if strings.Contains(body, "<b>well") {
		t.Error("a closing comment is not escaped")
	}
}

func testBulkRefused(t *testing.T, o *office) {
	call := o.mine(t)[0]
	for name, c := range map[string]struct {
		change func(url.Values)
		say    string
	}{
		"nothing selected": {func(f url.Values) { f.Del("call"); f.Set("do", "assign") }, "Select at least one"},
		"no verb":          {func(url.Values) {}, "Choose what to do"},
		"unknown verb":     {func(f url.Values) { f.Set("do", "eat:all") }, "Choose what to do"},
		"past day":         {func(f url.Values) { f.Set("do", "snooze:2020-01-01") }, "Snooze until a day after"},
		"bad day":          {func(f url.Values) { f.Set("do", "snooze"); f.Set("bulk_until", "soon") }, "is not a date"},
		"bad priority":     {func(f url.Values) { f.Set("do", "priority:huge") }, "none of the choices"},
		"bad result":       {func(f url.Values) { f.Set("do", "close:maybe") }, "Choose a result"},
		"nobody known":     {func(f url.Values) { f.Set("do", "assign"); f.Set("bulk_owner", "ghost") }, "no person with the id"},
		"no version":       {func(f url.Values) { f.Set("call", "12"); f.Set("do", "assign") }, ""},
		"too long": {func(f url.Values) {
			f.Set("do", "close:success")
			f.Set("bulk_closing", strings.Repeat("x", action.MaxComment+1))
		}, "too long"},
	} {
		form := picked(call)
		c.change(form)
		code, body, _ := o.post(t, "/cockpit/bulk", form)
		if code != http.StatusBadRequest || !strings.Contains(html.UnescapeString(body), c.say) {
			t.Errorf("%s answers %d", name, code)
		}
	}
	o.as(minori.Actor{Name: "eye@example.com", Role: minori.RoleObserver})
	form := picked(call)
	form.Set("do", "assign")
	for path, f := range map[string]url.Values{"/cockpit/bulk": form, "/cockpit/undo": {"token": {"x"}}} {
		if code, _, _ := o.post(t, path, f); code != http.StatusForbidden {
			t.Errorf("an observer posts to %s: %d", path, code)
		}
	}
	if _, body := o.get(t, "/cockpit?view=all"); strings.Contains(body, `name="call"`) || strings.Contains(body, `id="bulk"`) {
		t.Error("an observer is offered to change calls")
	}
}

func testDrawer(t *testing.T, o *office) {
	call := o.mine(t)[0]
	path := fmt.Sprintf("/cockpit/%d", call.ID)
	w := o.htmx(t, path, "drawer", nil)
	if body := w.Body.String(); w.Code != http.StatusOK || strings.Contains(body, "<html") || !strings.Contains(body, `class="drawer"`) || !strings.Contains(body, `id="drawer-comment"`) {
		t.Fatalf("the drawer answers %d: %.200s", w.Code, body)
	}
	w = o.htmx(t, path+"/comment", "drawer", url.Values{"version": {fmt.Sprint(call.Version)}, "comment": {"Agreed on Friday."}})
	if w.Code != http.StatusOK || w.Header().Get("HX-Trigger") != "calls" || !strings.Contains(w.Body.String(), "Agreed on Friday.") {
		t.Fatalf("a comment answers %d %v", w.Code, w.Header())
	}
	// The same version again: somebody else was faster, and what was typed stays.
	w = o.htmx(t, path+"/close", "drawer", url.Values{"version": {fmt.Sprint(call.Version)}, "result": {"success"}, "closing": {"My long report"}})
	body := html.UnescapeString(w.Body.String())
	mustHave(t, body, "My long report", "Somebody else changed this call", o.actor.Name)
	if got, err := o.app.Actions.Get(context.Background(), minori.System(), call.ID); err != nil || got.Status == action.StatusClosed {
		t.Fatalf("%v %v", got.Status, err)
	}
}

func testTickAside(t *testing.T, o *office) {
	var task action.TaskOf
	tasks, _, err := o.app.Actions.Tasks(context.Background(), minori.System(), action.TaskFilter{}, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tasks {
		if len(x.After) == 0 {
			task = x
		}
	}
	path := fmt.Sprintf("/cockpit/%d/task", task.Call)
	form := url.Values{"version": {fmt.Sprint(task.Version)}, "task": {task.Name}, "done": {"true"}, "return": {"/cockpit?view=all"}}
	if code, _, to := o.post(t, path, form); code != http.StatusSeeOther || to != "/cockpit?view=all" {
		t.Fatalf("%d to %s", code, to)
	}
	// What cannot be done from the list opens in the drawer.
	w := o.htmx(t, path, "calls", form)
	if w.Code != http.StatusOK || w.Header().Get("HX-Retarget") != "#drawer" || !strings.Contains(w.Body.String(), `class="drawer"`) {
		t.Fatalf("a conflict answers %d %v", w.Code, w.Header())
	}
}
