package signin

import (
	"net/http"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// setupModel is the set-up of a workspace without users.
type setupModel struct {
	ui.View
	Code, Name, Email string
	Notice            *ui.NoticeProps
}

// AskSetup shows the set-up.
func (s Pages) AskSetup(w http.ResponseWriter, r *site.Request) error {
	if has, err := s.Users.HasUsers(r.Context()); err != nil || has {
		if err == nil {
			http.Redirect(w, r.Request, "/sign-in", http.StatusSeeOther)
		}
		return err
	}
	return s.showSetup(w, r, http.StatusOK, setupModel{View: r.View})
}

func (s Pages) showSetup(w http.ResponseWriter, r *site.Request, status int, m setupModel) error {
	return s.Bare(w, r, status, r.View.T("setup.title"), setupPage(m))
}

// Setup makes the first user.
func (s Pages) Setup(w http.ResponseWriter, r *site.Request) error {
	f := r.PostForm
	m := setupModel{View: r.View, Code: site.Clip(f.Get("code"), 60), Name: site.Clip(f.Get("name"), 200), Email: site.Clip(f.Get("email"), 300)}
	err := again(r)
	if err == nil {
		var in auth.SignedIn
		in, err = s.Users.Setup(r.Context(), site.VisitOf(r.Request), m.Code, auth.Profile{Email: m.Email, Name: m.Name},
			auth.Preferences{Lang: r.View.Lang()}, f.Get("password"))
		if err == nil {
			s.Enter(w, r, in.Token)
			return s.Redirect(w, r, "/", r.View.T("setup.done"))
		}
	}
	status := statusOf(err)
	if m.Notice, err = told(r, err); err != nil {
		return err
	}
	return s.showSetup(w, r, status, m)
}

// again makes sure that a new password was typed the same twice.
func again(r *site.Request) error {
	if r.PostForm.Get("password") != r.PostForm.Get("again") {
		return site.Invalid(r.View.T("auth.differ"))
	}
	return nil
}

// told is refused that also tells what the pages found out themselves.
func told(r *site.Request, err error) (*ui.NoticeProps, error) {
	if auth.WhyOf(err) == "" && minori.CodeOf(err) == minori.Invalid {
		return &ui.NoticeProps{Tone: ui.Bad, Title: site.FormMessage(r.View, err)}, nil
	}
	return refused(r, err)
}

// resetModel is the page on which a user chooses a new password.
type resetModel struct {
	ui.View
	Email  string
	Path   string
	Notice *ui.NoticeProps
}

// AskReset shows the form for a new password.
func (s Pages) AskReset(w http.ResponseWriter, r *site.Request) error {
	u, err := s.Users.ResetUser(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.noReset(w, r, err)
	}
	return s.Bare(w, r, http.StatusOK, r.View.T("reset.title"), resetPage(resetModel{View: r.View, Email: u.Email, Path: r.URL.Path}))
}

// noReset says that a link no longer holds.
func (s Pages) noReset(w http.ResponseWriter, r *site.Request, err error) error {
	notice, err := refused(r, err)
	if err != nil {
		return err
	}
	return s.Bare(w, r, http.StatusNotFound, r.View.T("reset.title"), resetPage(resetModel{View: r.View, Notice: notice}))
}

// Reset sets a new password.
func (s Pages) Reset(w http.ResponseWriter, r *site.Request) error {
	u, err := s.Users.ResetUser(r.Context(), r.PathValue("token"))
	if err != nil {
		return s.noReset(w, r, err)
	}
	m := resetModel{View: r.View, Email: u.Email, Path: r.URL.Path}
	if err = again(r); err == nil {
		if _, err = s.Users.Reset(r.Context(), site.VisitOf(r.Request), r.PathValue("token"), r.PostForm.Get("password")); err == nil {
			s.Leave(w, r)
			return s.Redirect(w, r, "/sign-in", r.View.T("reset.done"))
		}
	}
	status := statusOf(err)
	if m.Notice, err = told(r, err); err != nil {
		return err
	}
	return s.Bare(w, r, status, r.View.T("reset.title"), resetPage(m))
}
