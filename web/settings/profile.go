package settings

import (
	"net/http"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// profileModel is a reader's own profile and preferences.
type profileModel struct {
	head
	Name  string
	Facts []ui.Fact
	Prefs auth.Preferences
	Zones []ui.Option
}

// Profile shows the reader's profile and preferences.
func (s Pages) Profile(w http.ResponseWriter, r *site.Request) error {
	if r.Actor.User == 0 && r.Actor.Role == minori.RoleAdmin {
		http.Redirect(w, r.Request, "/settings/users", http.StatusSeeOther)
		return nil
	}
	m, err := s.profileModel(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, m.head, profilePage(m))
}

func (s Pages) profileModel(r *site.Request) (profileModel, error) {
	m := profileModel{head: headOf(r, site.TabProfile, r.View.T("settings.title"))}
	if err := signedIn(r); err != nil {
		return m, err
	}
	u, err := s.Users.User(r.Context(), r.Actor, r.Actor.User)
	if err != nil {
		return m, err
	}
	m.Name, m.Prefs = u.Name, u.Preferences
	m.Zones = zones(r, u.Zone)
	m.Facts = []ui.Fact{
		{Label: r.View.T("user.email"), Value: ui.Words(u.Email)},
		{Label: r.View.T("user.role"), Value: ui.Words(site.RoleWord(r.View, u.Role))},
		{Label: r.View.T("user.access"), Value: ui.Words(site.AccessWord(r.View, u.Access))},
	}
	if u.Person != 0 {
		p, err := s.Accounts.Person(r.Context(), minori.System(), u.Person)
		if err != nil {
			return m, err
		}
		m.Facts = append(m.Facts, ui.Fact{Label: r.View.T("user.person"), Value: ui.Words(p.Name), Note: p.Key})
	}
	return m, nil
}

// SaveProfile keeps the reader's name.
func (s Pages) SaveProfile(w http.ResponseWriter, r *site.Request) error {
	if err := signedIn(r); err != nil {
		return err
	}
	err := s.Users.Rename(r.Context(), r.Actor, r.PostForm.Get("name"))
	return s.profileSaved(w, r, err)
}

// SavePreferences keeps language, time zone, theme and density.
func (s Pages) SavePreferences(w http.ResponseWriter, r *site.Request) error {
	if err := signedIn(r); err != nil {
		return err
	}
	f := r.PostForm
	p := auth.Preferences{Lang: minori.Lang(f.Get("lang")), Zone: f.Get("zone"), Theme: f.Get("theme"), Density: f.Get("density")}
	err := s.Users.Prefer(r.Context(), r.Actor, p)
	if err == nil && p.Lang.Valid() { // what is said about it is in the new language
		r.View.Printer = s.Texts.Printer(p.Lang, r.View.Location())
	}
	return s.profileSaved(w, r, err)
}

func (s Pages) profileSaved(w http.ResponseWriter, r *site.Request, err error) error {
	if err == nil {
		return s.Redirect(w, r, "/settings", r.View.T("form.saved"))
	}
	said, status, err := notice(r, err)
	if err != nil {
		return err
	}
	m, err := s.profileModel(r)
	if err != nil {
		return err
	}
	m.Notice = said
	if r.PostForm.Has("name") {
		m.Name = site.Clip(r.PostForm.Get("name"), 200)
	}
	return s.show(w, r, status, m.head, profilePage(m))
}

// zones gives the time zones to choose from: one per offset and region that
// companies are in, and the present one.
func zones(r *site.Request, present string) []ui.Option {
	names := []string{"Pacific/Honolulu", "America/Los_Angeles", "America/Denver", "America/Mexico_City", "America/Chicago", "America/New_York",
		"America/Toronto", "America/Bogota", "America/Santiago", "America/Sao_Paulo", "UTC", "Europe/London", "Europe/Dublin", "Europe/Lisbon",
		"Africa/Lagos", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "Europe/Amsterdam", "Europe/Stockholm", "Europe/Zurich",
		"Europe/Warsaw", "Africa/Cairo", "Africa/Johannesburg", "Europe/Athens", "Europe/Helsinki", "Europe/Istanbul", "Asia/Jerusalem",
		"Africa/Nairobi", "Asia/Riyadh", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Jakarta",
		"Asia/Ho_Chi_Minh", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Shanghai", "Asia/Taipei", "Asia/Manila", "Australia/Perth", "Asia/Seoul",
		"Asia/Tokyo", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland"}
	if present != "" && !slices.Contains(names, present) {
		names = append(names, present)
	}
	out := []ui.Option{{Value: "", Label: r.View.T("prefs.zone-workspace", "zone", r.Config.Workspace.TimeZone)}}
	for _, n := range names {
		out = append(out, ui.Option{Value: n, Label: n})
	}
	return out
}
