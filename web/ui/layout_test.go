package ui_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// frame gives the props of a page with everything.
func frame(v ui.View) ui.LayoutProps {
	var places []ui.Place
	for _, id := range []ui.PlaceID{ui.PlaceHome, ui.PlaceAccounts, ui.PlaceCockpit, ui.PlaceScorecards, ui.PlaceRules, ui.PlaceRetention, ui.PlaceWorkspace} {
		p := v.Place(id, "/"+string(id))
		p.Current = id == ui.PlaceRetention
		places = append(places, p)
	}
	return ui.LayoutProps{
		Title: "Retention", Places: places, SearchURL: "/search", PreferencesURL: "/preferences", ReturnURL: "/retention?x=1", Theme: ui.ThemeDark, Charts: true,
		AsOf: ui.AsOf{Show: true, Set: true, Day: today - 1, Path: "/retention", Keep: url.Values{"x": {"1"}, "as_of": {"2026-11-19"}}},
		User: ui.User{Name: "Keiko Aoyama", Note: "CSM", SignOutURL: "/sign-out"}, Flash: &ui.FlashProps{Text: "Saved."},
	}
}

func TestLayout(t *testing.T) {
	v := view(t, minori.EN, false)
	html := render(t, with(ui.Layout(v, frame(v)), ui.Words("the page")))
	has(t, html, `<html lang="en" data-theme="dark" data-rail="open">`, "<title>Retention · Minori</title>", `href="#main"`, "the page", "Saved.",
		`<script src="/assets/app.js?v=`, `<script src="/assets/charts.js?v=`, "Shown as of 19 Nov 2026", `href="/retention?x=1"`,
		`name="x" value="1"`, `value="2026-11-19"`, `max="2026-11-20"`, ">KA<", "日本語", "Sign out", `name="return" value="/retention?x=1"`, `<dialog id="help"`)
	if n := strings.Count(html, `name="as_of"`); n != 1 {
		t.Errorf("as_of stands %d times in the form", n)
	}
	bottom := html[strings.Index(html, `class="bottom"`):]
	shown := bottom[:strings.Index(bottom, "<details")]
	has(t, shown, "Home", "Accounts", "Cockpit", "Retention", `aria-current="page"`)
	hasNot(t, shown, "Rules", "Scorecards")

	v = view(t, minori.JA, false)
	has(t, render(t, ui.Layout(v, frame(v))), `<html lang="ja"`, "2026年11月19日(木)時点の表示です", "現在に戻る", "顧客", "コックピット", "English", "サインアウト")
}

func TestLayoutWithoutAssets(t *testing.T) {
	v := view(t, minori.EN, true)
	html := render(t, with(ui.Layout(v, frame(v)), ui.Words("the page")))
	has(t, html, "make assets", "the page", "Theme", "Light", "Dark", `href="/accounts"`)
	hasNot(t, html, "<script", "stylesheet", "<use", "<dialog")
	v = view(t, minori.JA, true)
	has(t, render(t, ui.Layout(v, frame(v))), "ビルドされていません")
}

func TestLayoutShowsOnlyWhatThereIs(t *testing.T) {
	v := view(t, minori.EN, false)
	html := render(t, ui.Layout(v, ui.LayoutProps{Title: "Accounts", Places: []ui.Place{v.Place(ui.PlaceAccounts, "/accounts")}}))
	hasNot(t, html, "<input", "charts.js", "/preferences", "avatar", "asof", "crumbs")
	p := frame(v)
	p.Crumbs = []ui.Link{{Label: "Accounts", URL: "/accounts"}, {Label: "Aoyama", URL: "/a"}, {Label: "Plan"}}
	p.RailCollapsed = true
	has(t, render(t, ui.Layout(v, p)), `class="crumbs"`, `<span aria-current="page">Plan</span>`, `data-rail="collapsed"`, `name="rail" value="open" aria-expanded="false"`)
}

func TestBareLayout(t *testing.T) {
	for _, plain := range []bool{false, true} {
		v := view(t, minori.JA, plain)
		html := render(t, with(ui.BareLayout(v, ui.LayoutProps{Title: "サインイン", PreferencesURL: "/preferences"}), ui.Words("form")))
		has(t, html, "form", `lang="ja"`, "English", "ライト", `data-theme="system"`)
	}
}

func TestNowURL(t *testing.T) {
	for _, c := range []struct {
		keep url.Values
		want string
	}{
		{nil, "/a"},
		{url.Values{"as_of": {"2026-01-01"}}, "/a"},
		{url.Values{"as_of": {"2026-01-01"}, "q": {"青山 & co"}}, "/a?q=%E9%9D%92%E5%B1%B1+%26+co"},
	} {
		if got := (ui.AsOf{Path: "/a", Keep: c.keep}).NowURL(); got != c.want {
			t.Errorf("NowURL() = %q, want %q", got, c.want)
		}
	}
}
