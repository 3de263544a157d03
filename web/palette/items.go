package palette

import (
	"net/url"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// other gives the words of a message in the other language: people look for
// what they remember.
func (s Pages) other(r *site.Request, key string) string {
	lang := minori.JA
	if r.View.Lang() == minori.JA {
		lang = minori.EN
	}
	return s.Texts.T(lang, key)
}

// named makes an item of a message and of the message with its reading.
func (s Pages) named(r *site.Request, k kind, key, reading string) item {
	return item{kind: k, title: r.View.T(key), names: []string{s.other(r, key)}, readings: []string{s.Texts.T(minori.JA, reading)}}
}

// actions gives what can be done at once. What the reader looks at comes first.
func (s Pages) actions(r *site.Request, here string) []item {
	var out []item
	do := func(x item, to string, set ...string) {
		x.url = to
		if len(set) == 2 {
			x.set = [2]string{set[0], set[1]}
		}
		out = append(out, x)
	}
	path, _, _ := strings.Cut(here, "?")
	if r.Actor.MayAct() {
		if acc, ok := strings.CutPrefix(path, "/accounts/"); ok && acc != "" && !strings.Contains(acc, "/") {
			do(s.named(r, kindAction, "palette.note", "palette.note.reading"), path+"/timeline/new")
		}
		if call, ok := strings.CutPrefix(path, "/cockpit/"); ok && digits(call) {
			do(s.named(r, kindAction, "palette.close-this", "palette.close.reading"), path+"#close")
		} else {
			do(s.named(r, kindAction, "palette.close-call", "palette.close.reading"), "/cockpit")
		}
	}
	do(s.named(r, kindAction, "palette.language", "palette.language.reading"), "", "lang", s.otherLang(r))
	do(s.named(r, kindAction, "palette.light", "palette.light.reading"), "", "theme", string(ui.ThemeLight))
	do(s.named(r, kindAction, "palette.dark", "palette.dark.reading"), "", "theme", string(ui.ThemeDark))
	do(s.named(r, kindAction, "palette.system", "palette.system.reading"), "", "theme", string(ui.ThemeSystem))
	return out
}

func (s Pages) otherLang(r *site.Request) string {
	if r.View.Lang() == minori.JA {
		return string(minori.EN)
	}
	return string(minori.JA)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// placed is a page one can go to.
type placed struct {
	key, reading, url string
	hidden            bool // this reader may not open it
}

// places gives the pages one can go to.
func (s Pages) places(r *site.Request) []item {
	leads := action.MayLead(r.Actor)
	admin := r.Actor.Role == minori.RoleAdmin
	// Without users there is nobody to have settings of their own.
	own := r.Actor.User != 0
	var out []item
	for _, p := range []placed{
		{"place.home", "palette.home.reading", "/", false},
		{"place.accounts", "palette.accounts.reading", "/accounts", false},
		{"hidden.title", "palette.hidden.reading", "/hidden-risk", false},
		{"place.cockpit", "palette.cockpit.reading", "/cockpit", false},
		{"team.title", "palette.team.reading", "/cockpit/team", !leads},
		{"place.people", "palette.people.reading", "/people", false},
		{"place.scorecards", "palette.scorecards.reading", "/scorecards", false},
		{"place.rules", "palette.rules.reading", "/rules", false},
		{"place.playbooks", "palette.playbooks.reading", "/playbooks", false},
		{"place.segments", "palette.segments.reading", "/segments", false},
		{"place.retention", "palette.retention.reading", "/retention", false},
		{"place.dashboards", "palette.dashboards.reading", "/dashboards", false},
		{"place.workspace", "palette.workspace.reading", "/workspace", false},
		{"palette.definitions", "palette.definitions.reading", "/workspace/definitions", false},
		{"notices.title", "palette.notices.reading", site.NoticesURL, false},
		{"settings.title", "palette.settings.reading", "/settings", !own},
		{"settings.security", "palette.security.reading", "/settings/security", !own},
		{"settings.users", "palette.users.reading", "/settings/users", !admin},
		{"settings.audit", "palette.audit.reading", "/settings/audit", !admin},
	} {
		if p.hidden {
			continue
		}
		x := s.named(r, kindPage, p.key, p.reading)
		x.url = p.url
		out = append(out, x)
	}
	return out
}

// definitions gives what the workspace defines and has a page.
func definitions(r *site.Request) []item {
	var out []item
	add := func(k kind, title minori.Text, name, to string) {
		x := item{kind: k, title: r.Words().Titled(title, name), names: []string{name}, url: to}
		for _, t := range title {
			x.names = append(x.names, t)
			x.readings = append(x.readings, t)
		}
		if x.title != name {
			x.note = name
		}
		out = append(out, x)
	}
	for i := range r.Config.Scorecards {
		d := &r.Config.Scorecards[i].Def
		add(kindScorecard, d.Title, d.Name, "/scorecards/"+url.PathEscape(d.Name))
	}
	for i := range r.Config.Dashboards {
		d := &r.Config.Dashboards[i].Def
		add(kindDashboard, d.Title, d.Name, "/dashboards/"+url.PathEscape(d.Name))
	}
	for i := range r.Config.Rules {
		d := &r.Config.Rules[i].Def
		add(kindRule, d.Title, d.Name, "/rules/"+url.PathEscape(d.Name))
	}
	for i := range r.Config.Segments {
		if d := &r.Config.Segments[i].Def; d.Subject == minori.Account {
			add(kindSegment, d.Title, d.Name, "/segments/"+url.PathEscape(d.Name))
		}
	}
	return out
}

// maxPeople bounds how many people are looked through, in pages.
const maxPeople = 4 * minori.MaxPage

// people gives the employees whose pages the reader may open. They are few;
// how they answer is decided like for any other item.
func (s Pages) people(r *site.Request) ([]item, error) {
	var out []item
	for page := (minori.Page{Limit: minori.MaxPage}); page.Offset < maxPeople; page.Offset += minori.MaxPage {
		list, total, err := s.Profiles.People(r.Context(), r.Actor, page)
		if err != nil {
			return nil, err
		}
		for i := range list {
			p := &list[i]
			x := item{kind: kindPerson, title: p.Name, note: p.Email, names: []string{p.Key, p.Email}, readings: []string{p.Name}, url: "/people/" + url.PathEscape(p.Key)}
			if x.title == "" {
				x.title = p.Key
			}
			out = append(out, x)
		}
		if page.Offset+len(list) >= total || len(list) == 0 {
			break
		}
	}
	return out, nil
}

// subjects gives the accounts that the typed text finds.
func (s Pages) subjects(r *site.Request, typed string, q query) ([]item, error) {
	var out []item
	seen := map[string]bool{}
	texts := []string{typed}
	if kana, _, ok := Kana(typed); ok && q.sound != "" {
		texts = append(texts, katakana(kana))
	}
	for _, text := range texts {
		list, err := s.Find.Search(r.Context(), r.Actor, text, minori.Page{Limit: maxOfKind})
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			if !seen[a.Key] {
				seen[a.Key] = true
				out = append(out, accountItem(a))
			}
		}
	}
	return out, nil
}

func accountItem(a account.Account) item {
	x := item{kind: kindAccount, title: a.Name, note: a.Key, names: []string{a.Key}, readings: []string{a.Name},
		url: "/accounts/" + url.PathEscape(a.Key), floor: fitsPart}
	if x.title == "" {
		x.title, x.note = a.Key, ""
	}
	return x
}
