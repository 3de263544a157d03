package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"html"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/store/lake"
)

// TestAccountList works the list of accounts over HTTP.
func TestAccountList(t *testing.T) {
	w := newWorld(t, 60)
	aoi := minori.Actor{Name: "aoi@example.com", Role: minori.RoleCSM}
	w.as(aoi)
	t.Run("languages", w.listLanguages)
	t.Run("conditions", w.listConditions)
	t.Run("count", w.listCount)
	t.Run("columns", w.listColumns)
	t.Run("reason", w.listReason)
	t.Run("views", w.listViews)
	t.Run("edit", w.listEdit)
	t.Run("bulk", w.listBulk)
	t.Run("export", w.listExport)
	t.Run("observer", w.listObserver)
}

// says reports which of some words a page lacks.
func says(t *testing.T, where string, a answer, words ...string) {
	t.Helper()
	text := html.UnescapeString(a.body)
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q", where, word)
		}
	}
}

// rowsOf counts the accounts on a page.
func rowsOf(a answer) int { return strings.Count(a.body, `class="row-link"`) }

var pickValue = regexp.MustCompile(`name="pick" value="(\d+)"`)

func (w *world) listLanguages(t *testing.T) {
	for _, lang := range []string{"en", "ja"} {
		for _, path := range []string{
			"/accounts?view=all", "/accounts?edit=0&f=is+field:account.tier+Pro|Enterprise", "/accounts?c=field:account.region&c=score:health~200&c=weeks&c=segment:large-accounts",
			"/accounts?f=given+field:account.csm&f=missing+measure:experience.nps&f=within+field:account.days_to_renewal+90&f=is+field:account.csm+me",
			"/accounts?f=at-least+field:account.signed_up+2020-01-01&f=above+field:account.arr+1,000&f=at-most+score:health+99",
			"/lists/accounts/condition?field=field:account.tier", "/lists/accounts/condition?field=field:account.csm", "/lists/accounts/condition?field=band:health",
			"/lists/accounts/condition?field=field:account.signed_up", "/lists/accounts/count?field=score:health&op=below&value=x",
		} {
			a := w.get(t, path, "Accept-Language", lang)
			if a.status != http.StatusOK {
				t.Errorf("%s in %s: status %d", path, lang, a.status)
			}
			checkPage(t, path, a)
			if strings.Contains(a.body, "{count}") || strings.Contains(a.body, "%!") {
				t.Errorf("%s in %s has an unfilled place", path, lang)
			}
		}
	}
	says(t, "the list", w.get(t, "/accounts?f=is+field:account.tier+Pro|Enterprise&f=below+score:health+50"), "Tier is Pro or Enterprise", "Health score is below 50")
	says(t, "the list in Japanese", w.get(t, "/accounts?lang=ja&f=is+field:account.tier+Pro|Enterprise&f=missing+measure:experience.nps"), "区分が「Pro」または「Enterprise」", "不明")
}

func (w *world) listConditions(t *testing.T) {
	all := w.total(t, "/accounts?view=all")
	pro, enterprise := w.total(t, "/accounts?f=is+field:account.tier+Pro"), w.total(t, "/accounts?f=is+field:account.tier+Enterprise")
	if either := w.total(t, "/accounts?f=is+field:account.tier+Pro|Enterprise"); either != pro+enterprise || pro == 0 || enterprise == 0 {
		t.Errorf("%d are Pro, %d Enterprise, %d either", pro, enterprise, either)
	}
	if not := w.total(t, "/accounts?f=not+field:account.tier+Pro|Enterprise"); not+pro+enterprise != all {
		t.Errorf("%d are neither, of %d", not, all)
	}
	if known, unknown := w.total(t, "/accounts?f=given+score:health"), w.total(t, "/accounts?f=missing+score:health"); known+unknown != all || unknown == 0 {
		t.Errorf("%d scores are known, %d unknown, of %d", known, unknown, all)
	}
	low, high := w.total(t, "/accounts?f=below+score:health+60"), w.total(t, "/accounts?f=at-least+score:health+60")
	if up, above := w.total(t, "/accounts?f=at-most+score:health+60"), w.total(t, "/accounts?f=above+score:health+60"); low+high != up+above {
		t.Errorf("below %d, at least %d; at most %d, above %d", low, high, up, above)
	}
	// A value that holds the separator, and one that is markup.
	if n := w.total(t, "/accounts?f="+url.QueryEscape("is field:account.tier "+hostile)); n != 1 {
		t.Errorf("%d accounts have the hostile tier", n)
	}
	// A condition is changed in place.
	a := w.get(t, "/accounts?f=is+field:account.tier+Pro&f=below+score:health+60&at=0&field=field:account.tier&op=not&value=Pro&value=Enterprise")
	if want := "/accounts?f=not+field%3Aaccount.tier+Pro%7CEnterprise&f=below+score%3Ahealth+60"; a.header.Get("Location") != want {
		t.Errorf("changing leads to %s", a.header.Get("Location"))
	}
}

// total gives how many accounts a list says there are.
func (w *world) total(t *testing.T, path string) int {
	t.Helper()
	a := w.get(t, path)
	if a.status != http.StatusOK {
		t.Fatalf("%s: status %d", path, a.status)
	}
	m := regexp.MustCompile(`class="filter-count">([\d,]+)`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatalf("%s says no total", path)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w *world) listCount(t *testing.T) {
	want := w.total(t, "/accounts?f=is+field:account.tier+Pro&f=below+score:health+60")
	a := w.get(t, "/lists/accounts/count?f=is+field:account.tier+Pro&field=score:health&op=below&value=60", "HX-Request", "true")
	if a.status != http.StatusOK || !strings.Contains(a.body, "Matches: "+strconv.Itoa(want)+" account") || strings.Contains(a.body, "<html") {
		t.Errorf("the count says %q, want %d", a.body, want)
	}
	a = w.get(t, "/lists/accounts/count?field=score:health&op=below&value=many", "Accept-Language", "ja")
	if a.status != http.StatusOK || !strings.Contains(a.body, "数値") {
		t.Errorf("a count of nonsense says %d %q", a.status, a.body)
	}
}

func (w *world) listColumns(t *testing.T) {
	a := w.get(t, "/accounts?c=field:account.industry~120&c=field:account.name~300&c=measure:adoption.breadth&c=no:such")
	heads := regexp.MustCompile(`data-column="([^"]+)"(?: width="(\d+)")?`).FindAllStringSubmatch(a.body, -1)
	got := ""
	for _, h := range heads {
		got += h[1] + "/" + h[2] + " "
	}
	if want := "field:account.name/300 field:account.industry/120 measure:adoption.breadth/ "; got != want {
		t.Errorf("columns %q, want %q", got, want)
	}
	if a := w.get(t, "/accounts?"+strings.Repeat("c=x&", 41)); a.status != http.StatusBadRequest {
		t.Errorf("too many columns: status %d", a.status)
	}
}

// version reads the version a page's form sends.
func version(t *testing.T, a answer) string {
	t.Helper()
	m := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(a.body)
	if m == nil {
		t.Fatal("no version on the page")
	}
	return m[1]
}

func (w *world) listViews(t *testing.T) {
	aoi := w.user
	defer w.as(aoi)
	form := url.Values{"name": {"Pro, 赤 <b>"}, "f": {"is field:account.tier Pro"}, "sort": {"score:health"}, "c": {"score:health~200", "field:account.industry"}, "opens": {"true"}}
	a := w.post(t, "/views", form)
	at := a.header.Get("Location")
	if a.status != http.StatusSeeOther || !strings.HasPrefix(at, "/accounts?view=") {
		t.Fatalf("saving leads to %d %s", a.status, at)
	}
	id := strings.TrimPrefix(at, "/accounts?view=")
	// The list opens with it; it shows its columns, order and conditions.
	if a := w.get(t, "/accounts"); a.header.Get("Location") != at {
		t.Errorf("the list opens with %q", a.header.Get("Location"))
	}
	a = w.get(t, at)
	says(t, "the view", a, "Pro, 赤 <b>", "Tier is Pro", `data-column="field:account.industry"`, `aria-sort="ascending"`)
	checkPage(t, at, a)
	if rowsOf(a) != w.total(t, "/accounts?f=is+field:account.tier+Pro") {
		t.Errorf("the view shows %d accounts", rowsOf(a))
	}
	// Others do not see it until it is shared.
	w.as(minori.Actor{Name: "ken@example.com", Role: minori.RoleCSM})
	for _, path := range []string{at, "/views/" + id} {
		if a := w.get(t, path); a.status != http.StatusNotFound {
			t.Errorf("%s of another: status %d", path, a.status)
		}
	}
	w.as(aoi)
	page := w.get(t, "/views/"+id)
	checkPage(t, "/views", page)
	if a := w.post(t, "/views/"+id, url.Values{"version": {version(t, page)}, "name": {"Shared"}, "shared": {"true"}}); a.status != http.StatusSeeOther {
		t.Fatalf("sharing: status %d", a.status)
	}
	w.as(minori.Actor{Name: "ken@example.com", Role: minori.RoleCSM})
	says(t, "the shared view", w.get(t, at), "Shared", "Tier is Pro")
	if a := w.post(t, "/views/"+id+"/delete", url.Values{"version": {"2"}}); a.status != http.StatusForbidden {
		t.Errorf("deleting another's: status %d", a.status)
	}
	w.conflictOfViews(t, id, aoi)
}

// conflictOfViews: two save the same view; the second sees the difference.
func (w *world) conflictOfViews(t *testing.T, id string, aoi minori.Actor) {
	w.as(minori.Actor{Name: "ops@example.com", Role: minori.RoleOperations})
	if a := w.post(t, "/views/"+id, url.Values{"version": {"2"}, "name": {"By operations"}, "shared": {"true"}}); a.status != http.StatusSeeOther {
		t.Fatalf("operations: status %d", a.status)
	}
	w.as(aoi)
	form := url.Values{"version": {"2"}, "name": {"By me"}, "shared": {"true"}, "f": {"is field:account.tier Enterprise"}, "sort": {"score:health"}}
	a := w.post(t, "/views/"+id, form, "Accept-Language", "ja")
	if a.status != http.StatusConflict {
		t.Fatalf("the second saves: status %d", a.status)
	}
	says(t, "the conflict", a, "By operations", "By me", "区分が「Pro」", "区分が「Enterprise」", "ops@example.com")
	form.Set("version", version(t, a))
	if a := w.post(t, "/views/"+id, form); a.status != http.StatusSeeOther {
		t.Errorf("saving over it: status %d", a.status)
	}
	says(t, "the view", w.get(t, "/accounts?view="+id), "Tier is Enterprise")
	// What a view says and is not defined any more is left out with a word.
	if _, err := w.app.Records.Affect(context.Background(), "UPDATE list_view SET filters = $1", `["below measure:gone 5","is field:account.tier Pro"]`); err != nil {
		t.Fatal(err)
	}
	a = w.get(t, "/accounts?view="+id)
	says(t, "the old view", a, "no longer apply", "measure:gone", "Tier is Pro")
	for path, form := range map[string]url.Values{
		"/views": {"name": {" "}, "sort": {"score:health"}}, "/views/x": {"name": {"a"}}, "/views/999": {"name": {"a"}}, "/views/opens": {"view": {"999"}},
	} {
		if a := w.post(t, path, form); a.status != http.StatusBadRequest && a.status != http.StatusNotFound {
			t.Errorf("%s %v: status %d", path, form, a.status)
		}
	}
	if a := w.post(t, "/views/"+id+"/delete", url.Values{"version": {"4"}}); a.status != http.StatusSeeOther {
		t.Errorf("deleting: status %d", a.status)
	}
	if a := w.get(t, "/accounts"); a.status != http.StatusOK {
		t.Errorf("after deleting the view it opened with, the list gives %d %s", a.status, a.header.Get("Location"))
	}
}

// firstKey gives the id of the account at the top of the list.
func (w *world) firstKey(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`href="/accounts/([A-Z][0-9]+)"`).FindStringSubmatch(w.get(t, "/accounts?view=all").body)
	if m == nil {
		t.Fatal("no account")
	}
	return m[1]
}

// crm is a source that fills the tier.
const crm = `kind: Source
name: crm
title: {en: Our CRM, ja: 社内CRM}
format: csv
files: accounts.csv
into: account
key: [id]
map:
  id: id
  tier: tier
`

func (w *world) listEdit(t *testing.T) {
	if _, err := w.app.Apply(context.Background(), minori.System(), []resource.File{{Name: "crm.yaml", Data: []byte(crm)}}, false, "", nil); err != nil {
		t.Fatal(err)
	}
	key := w.firstKey(t)
	at := "/lists/accounts/fields?id=" + key + "&field=field:account.tier&back=" + url.QueryEscape("/accounts?view=all")
	form := w.get(t, at)
	says(t, "the form", form, "Tier", "The source Our CRM fills this field")
	checkPage(t, at, form)
	was := regexp.MustCompile(`name="was" value="([^"]*)"`).FindStringSubmatch(form.body)[1]
	fields := url.Values{"id": {key}, "field": {"field:account.tier"}, "was": {was}, "to": {"㈱プラチナ"}, "back": {"/accounts?view=all"}}
	a := w.post(t, "/lists/accounts/fields", fields)
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/accounts?undo=") {
		t.Fatalf("saving leads to %d %s", a.status, a.header.Get("Location"))
	}
	// The list shows and finds it at once, however it is spelt.
	for _, q := range []string{"プラチナ", "ﾌﾟﾗﾁﾅ", "ぷらちな", "株式会社プラチナ"} {
		if n := w.total(t, "/accounts?q="+url.QueryEscape(q)); n != 1 {
			t.Errorf("%s finds %d accounts", q, n)
		}
	}
	// The second who edits is told what is there, and may then decide.
	fields.Set("to", "Second")
	a = w.post(t, "/lists/accounts/fields", fields)
	if a.status != http.StatusConflict {
		t.Errorf("the second: status %d", a.status)
	}
	says(t, "the conflict", a, "㈱プラチナ", "Second", "Somebody else changed this")
	a = w.post(t, "/lists/accounts/fields", fields, "HX-Request", "true", "Accept-Language", "ja")
	says(t, "the conflict in its cell", a, "㈱プラチナ", "他の人")
	fields.Set("was", "㈱プラチナ")
	if a = w.post(t, "/lists/accounts/fields", fields, "HX-Request", "true"); a.status != http.StatusOK || !strings.Contains(a.body, "Second") || strings.Contains(a.body, "<form") {
		t.Errorf("saved in its cell: %d %s", a.status, a.body)
	}
	for name, bad := range map[string]url.Values{
		"number": {"field": {"field:account.seats"}, "to": {"many"}}, "choice": {"field": {"field:account.region"}, "to": {"Mars"}},
		"owner": {"field": {"field:account.csm"}, "to": {"nobody"}}, "computed": {"field": {"field:account.arr"}, "to": {"1"}}, "name": {"field": {"field:account.name"}},
	} {
		bad.Set("id", key)
		if a := w.post(t, "/lists/accounts/fields", bad); a.status != http.StatusBadRequest && a.status != http.StatusConflict {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	if a := w.get(t, "/lists/accounts/fields?id=none&field=field:account.tier"); a.status != http.StatusNotFound {
		t.Errorf("the form of no account: status %d", a.status)
	}
}

// listReason holds the main reason of an account against its explanation.
func (w *world) listReason(t *testing.T) {
	ctx := context.Background()
	page, err := w.app.Lake.List(ctx, lake.ListQuery{Kind: minori.Account, Columns: []string{evaluate.DragColumn, evaluate.DragPointsColumn}, Page: minori.Page{Limit: 20}})
	if err != nil {
		t.Fatal(err)
	}
	list := w.get(t, "/accounts?view=all&lang=ja")
	says(t, "the list", list, "主な減点要因")
	measures := 0
	for _, row := range page.Rows {
		name := row.Cells[0].Text
		if _, isCap := scorecard.DragCap(name); isCap || name == "" {
			continue
		}
		measures++
		x, err := w.app.Evaluate.Explain(ctx, minori.System(), "health", minori.Subject{Kind: minori.Account, ID: row.Subject, Key: row.Key}, minori.At(minori.FromMicros(page.AsOf), time.UTC), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range x.Now.Contributions {
			lost := 100*c.Weight - c.Contribution
			if c.Measure == name && math.Abs(lost+row.Cells[1].Num) > 1e-6 || c.Measure != name && lost > -row.Cells[1].Num+1e-6 {
				t.Errorf("%s: %s takes %v, but %s lacks %v", row.Key, name, row.Cells[1].Num, c.Measure, lost)
			}
		}
	}
	if measures == 0 {
		t.Error("no account has a measure that takes something off")
	}
}

// bulkValues asks for the control of a field's value, which follows its type.
func (w *world) bulkValues(t *testing.T) {
	for field, want := range map[string]string{
		"field:account.region": "<option value=\"EMEA\">", "field:account.seats": `inputmode="decimal"`,
		"field:account.tier": `maxlength="200"`,
	} {
		a := w.get(t, "/lists/accounts/bulk-value?set="+field, "HX-Request", "true")
		if a.status != http.StatusOK || !strings.Contains(a.body, want) || !strings.Contains(a.body, `id="bulk-value"`) {
			t.Errorf("%s: status %d, %s, want %s", field, a.status, a.body, want)
		}
	}
	// What is wrong is said over the page, which stays as it is.
	a := w.get(t, "/lists/accounts/bulk-value?set=field:account.arr", "HX-Request", "true")
	if a.status != http.StatusBadRequest || a.header.Get("HX-Retarget") != "#problems" || a.header.Get("HX-Reselect") != ".notice" || !strings.Contains(a.body, "notice-bad") {
		t.Errorf("a field that cannot be set: %d %v %s", a.status, a.header, a.body)
	}
}

func (w *world) listBulk(t *testing.T) {
	w.bulkValues(t)
	page := w.get(t, "/accounts?view=all")
	var picks []string
	for _, m := range pickValue.FindAllStringSubmatch(page.body, 5) {
		picks = append(picks, m[1])
	}
	people, err := w.app.Accounts.Persons(context.Background(), minori.System(), minori.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	key, before := "", -1 // who owns the fewest
	for _, p := range people {
		if n := w.total(t, "/accounts?f=is+field:account.csm+"+url.QueryEscape(p.Key)); before < 0 || n < before {
			key, before = p.Key, n
		}
	}
	a := w.post(t, "/lists/accounts/bulk", url.Values{"pick": picks, "do": {"assign"}, "owner": {key}, "back": {"/accounts?view=all&page=1"}})
	if a.status != http.StatusSeeOther {
		t.Fatalf("assigning: status %d", a.status)
	}
	after := w.total(t, "/accounts?f=is+field:account.csm+"+url.QueryEscape(key))
	if after <= before {
		t.Errorf("%d accounts before, %d after", before, after)
	}
	undo := w.get(t, a.header.Get("Location"))
	at := regexp.MustCompile(`action="(/lists/accounts/undo/\d+)"`).FindStringSubmatch(undo.body)
	if at == nil {
		t.Fatal("nothing to undo")
	}
	w.as(minori.Actor{Name: "ken@example.com", Role: minori.RoleCSM})
	if a := w.post(t, at[1], nil); a.status != http.StatusNotFound {
		t.Errorf("undoing another's: status %d", a.status)
	}
	w.as(minori.Actor{Name: "aoi@example.com", Role: minori.RoleCSM})
	if a := w.post(t, at[1], url.Values{"back": {"https://evil.example"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != "/accounts" {
		t.Errorf("undoing: %d %s", a.status, a.header.Get("Location"))
	}
	if n := w.total(t, "/accounts?f=is+field:account.csm+"+url.QueryEscape(key)); n != before {
		t.Errorf("%d accounts after undoing, %d before", n, before)
	}
	if a := w.post(t, at[1], nil); a.status != http.StatusConflict {
		t.Errorf("undoing again: status %d", a.status)
	}
	if a := w.post(t, "/lists/accounts/bulk", url.Values{"pick": picks, "do": {"set"}, "set": {"field:account.region"}, "to": {"APAC"}}); a.status != http.StatusSeeOther {
		t.Errorf("setting: status %d", a.status)
	}
	for _, bad := range []url.Values{{"do": {"assign"}}, {"do": {"assign"}, "pick": {"x"}}, {"do": {"set"}, "set": {"field:account.arr"}, "to": {"1"}, "pick": picks}} {
		if a := w.post(t, "/lists/accounts/bulk", bad); a.status != http.StatusBadRequest {
			t.Errorf("%v: status %d", bad, a.status)
		}
	}
}

func (w *world) listExport(t *testing.T) {
	path := "/lists/accounts/export?format=csv&c=score:health&c=change&c=field:account.arr&c=field:account.tier&c=field:account.signed_up&c=field:account.csm&sort=field:account.name"
	a := w.get(t, path, "Accept-Language", "ja")
	if a.status != http.StatusOK || !strings.HasPrefix(a.body, "\uFEFF") || !strings.Contains(a.header.Get("Content-Disposition"), ".csv") {
		t.Fatalf("status %d, headers %v", a.status, a.header)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\uFEFF"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	page, err := w.app.Lake.List(context.Background(), lake.ListQuery{Kind: minori.Account, Columns: []string{"field:account.arr"}, Sort: "field:account.name"})
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != int(page.Total)+1 || lines[0][2] != "ヘルススコア" {
		t.Fatalf("%d lines for %d accounts, heads %v", len(lines), page.Total, lines[0])
	}
	for i, row := range page.Rows {
		if lines[i+1][0] != row.Key {
			t.Fatalf("line %d is %s, want %s", i+1, lines[i+1][0], row.Key)
		}
		if n, err := strconv.ParseFloat(lines[i+1][4], 64); row.Cells[0].Reason == 0 && (err != nil || n-row.Cells[0].Num > 0.001 || row.Cells[0].Num-n > 0.001) {
			t.Errorf("ARR of %s is %s, want %v", row.Key, lines[i+1][4], row.Cells[0].Num)
		}
	}
	w.defuses(t)
	a = w.get(t, strings.Replace(path, "csv", "xlsx", 1)+"&f=is+field:account.tier+Enterprise")
	book, err := excelize.OpenReader(bytes.NewReader([]byte(a.body)))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("Accounts")
	if err != nil || len(cells) != w.total(t, "/accounts?f=is+field:account.tier+Enterprise")+1 || cells[0][1] != "Account" || cells[1][5] != "Enterprise" {
		t.Fatalf("the sheet: %v, %d rows", err, len(cells))
	}
	if day := cells[1][6]; !regexp.MustCompile(`^20\d\d-\d\d-\d\d$`).MatchString(day) {
		t.Errorf("the day is shown as %q", day)
	}
	var picks []string
	for _, m := range pickValue.FindAllStringSubmatch(w.get(t, "/accounts?view=all").body, 3) {
		picks = append(picks, m[1])
	}
	a = w.post(t, "/lists/accounts/export", url.Values{"format": {"csv"}, "pick": picks})
	if n := strings.Count(a.body, "\r\n"); n != 4 {
		t.Errorf("three chosen accounts give %d lines", n)
	}
	audit, err := w.app.Records.Audit(context.Background(), minori.Page{Limit: 3})
	if err != nil || audit[0].Action != "account.export" || audit[0].Object != "3 accounts" {
		t.Errorf("audit %+v %v", audit, err)
	}
	if a := w.get(t, "/lists/accounts/export?format=exe"); a.status != http.StatusBadRequest {
		t.Errorf("an unknown format: status %d", a.status)
	}
}

// defuses: what Excel would take for a formula leaves as a text.
func (w *world) defuses(t *testing.T) {
	key := w.firstKey(t)
	const formula = `=HYPERLINK("https://evil.example","x")`
	form := w.get(t, "/lists/accounts/fields?id="+key+"&field=field:account.industry")
	was := html.UnescapeString(regexp.MustCompile(`name="was" value="([^"]*)"`).FindStringSubmatch(form.body)[1])
	if a := w.post(t, "/lists/accounts/fields", url.Values{"id": {key}, "field": {"field:account.industry"}, "was": {was}, "to": {formula}}); a.status != http.StatusSeeOther {
		t.Fatalf("status %d", a.status)
	}
	a := w.get(t, "/lists/accounts/export?format=csv&c=field:account.industry&q=hyperlink")
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\uFEFF"))).ReadAll()
	if err != nil || len(lines) != 2 || lines[1][2] != "'"+formula {
		t.Errorf("%v %q", err, lines)
	}
}

func (w *world) listObserver(t *testing.T) {
	key := w.firstKey(t)
	w.as(minori.Actor{Name: "eye@example.com", Role: minori.RoleObserver})
	a := w.get(t, "/accounts?view=all")
	if strings.Contains(a.body, "data-edit") || strings.Contains(a.body, `value="assign"`) {
		t.Error("who only reads is offered to change")
	}
	for path, form := range map[string]url.Values{
		"/lists/accounts/fields": {"id": {key}, "field": {"field:account.tier"}, "to": {"x"}}, "/lists/accounts/bulk": {"pick": {"1"}, "do": {"assign"}},
		"/lists/accounts/undo/1": {}, "/views": {"name": {"x"}, "shared": {"true"}, "sort": {"score:health"}},
	} {
		if a := w.post(t, path, form); a.status != http.StatusForbidden {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	if a := w.post(t, "/views", url.Values{"name": {"own"}, "sort": {"score:health"}}); a.status != http.StatusSeeOther {
		t.Errorf("an own view: status %d", a.status)
	}
}
