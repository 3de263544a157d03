// Package settings has the pages on which readers set up how the interface
// looks to them and how they sign in; for admins also users and the audit log.
package settings

import (
	"net/http"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// head is what the pages of the settings share.
type head struct {
	ui.View
	Title  string
	Tabs   []ui.Tab
	Notice *ui.NoticeProps
}

func headOf(r *site.Request, tab site.SettingsTab, title string) head {
	return head{View: r.View, Title: title, Tabs: site.SettingsTabs(r, tab)}
}

// show answers with a page of the settings.
func (s Pages) show(w http.ResponseWriter, r *site.Request, status int, h head, content templ.Component) error {
	f := site.Frame{Title: h.Title}
	if status == http.StatusOK {
		return s.Page(w, r, f, content)
	}
	return s.Answer(w, r, status, f, content)
}

// signedIn refuses who is no user: a command's operator, a proxy's user.
func signedIn(r *site.Request) error {
	if r.Actor.User == 0 {
		return minori.Errorf(minori.NotFound, "%s", r.View.T("settings.no-user"))
	}
	return nil
}

// admin refuses who does not manage users.
func admin(r *site.Request) error {
	return site.Refused(r, r.Actor.Require(r.Actor.Role == minori.RoleAdmin, "manage users"))
}

// notice tells why a form was not saved, and gives back errors that are not
// its sender's doing. The status is for the answer.
func notice(r *site.Request, err error) (*ui.NoticeProps, int, error) {
	code, why := minori.CodeOf(err), auth.WhyOf(err)
	if why == "" && code != minori.Invalid && code != minori.Conflict || why == auth.WhyNoSuchUser {
		return nil, 0, site.Refused(r, err)
	}
	status := site.StatusOf(code)
	switch why {
	case auth.WhyTooMany:
		status = http.StatusTooManyRequests
	case auth.WhyBadCode:
		status = http.StatusBadRequest
	}
	return &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("form.not-saved"), Text: site.AuthMessage(r, err)}, status, nil
}
