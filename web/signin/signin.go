package signin

import (
	"net/http"
	"sort"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// statusOf gives the status of a refused form; too many attempts have one of
// their own.
func statusOf(err error) int {
	switch auth.WhyOf(err) {
	case auth.WhyTooMany:
		return http.StatusTooManyRequests
	case auth.WhyBadCode, auth.WhyBadSignIn:
		return http.StatusUnauthorized
	}
	return site.StatusOf(minori.CodeOf(err))
}

// refused tells a form's error, and gives an error that is none of the
// reader's doing back.
func refused(r *site.Request, err error) (*ui.NoticeProps, error) {
	if auth.WhyOf(err) == "" {
		return nil, err
	}
	return &ui.NoticeProps{Tone: ui.Bad, Title: site.AuthMessage(r, err)}, nil
}

// ready leads to the set-up as long as there is no user.
func (s Pages) ready(w http.ResponseWriter, r *site.Request) (ok bool, err error) {
	has, err := s.Users.HasUsers(r.Context())
	if err == nil && !has {
		http.Redirect(w, r.Request, "/setup", http.StatusSeeOther)
	}
	return has, err
}

// Ask shows the form for e-mail and password.
func (s Pages) Ask(w http.ResponseWriter, r *site.Request) error {
	if ok, err := s.ready(w, r); !ok {
		return err
	}
	p := site.SignInProps{Resume: site.Resume{Return: site.Local(r.URL.Query().Get("return"))}}
	if r.Actor.Name != "" {
		http.Redirect(w, r.Request, p.Resume.Return, http.StatusSeeOther)
		return nil
	}
	return s.Bare(w, r, http.StatusOK, r.View.T("sign-in.title"), site.SignInPage(r.View, p))
}

// SignIn takes e-mail and password.
func (s Pages) SignIn(w http.ResponseWriter, r *site.Request) error {
	if ok, err := s.ready(w, r); !ok {
		return err
	}
	p := site.SignInProps{Resume: site.ResumeOf(r), Email: site.Clip(r.PostForm.Get("email"), 254)}
	in, err := s.Users.SignIn(r.Context(), site.VisitOf(r.Request), p.Email, r.PostForm.Get("password"))
	if err != nil {
		status := statusOf(err)
		if p.Notice, err = refused(r, err); err != nil {
			return err
		}
		return s.Bare(w, r, status, r.View.T("sign-in.title"), site.SignInPage(r.View, p))
	}
	if in.Ticket != "" {
		return s.Bare(w, r, http.StatusOK, r.View.T("sign-in.code-title"), codePage(codeModel{View: r.View, Resume: p.Resume, Ticket: in.Ticket}))
	}
	return s.entered(w, r, in, p.Resume)
}

// codeModel is the page that asks for a code of the second factor.
type codeModel struct {
	ui.View
	Resume site.Resume
	Ticket string
	Notice *ui.NoticeProps
}

// Code takes a code of the second factor.
func (s Pages) Code(w http.ResponseWriter, r *site.Request) error {
	m := codeModel{View: r.View, Resume: site.ResumeOf(r), Ticket: site.Clip(r.PostForm.Get("ticket"), 100)}
	in, err := s.Users.SecondStep(r.Context(), site.VisitOf(r.Request), m.Ticket, site.Clip(r.PostForm.Get("code"), 40))
	if err == nil {
		return s.entered(w, r, in, m.Resume)
	}
	status := statusOf(err)
	why := auth.WhyOf(err)
	notice, err := refused(r, err)
	if err != nil {
		return err
	}
	if why == auth.WhyExpired {
		return s.Bare(w, r, status, r.View.T("sign-in.title"), site.SignInPage(r.View, site.SignInProps{Resume: m.Resume, Notice: notice}))
	}
	m.Notice = notice
	return s.Bare(w, r, status, r.View.T("sign-in.code-title"), codePage(m))
}

// entered leads on after signing in; a form that was lost is shown to be sent
// again.
func (s Pages) entered(w http.ResponseWriter, r *site.Request, in auth.SignedIn, resume site.Resume) error {
	s.Enter(w, r, in.Token)
	if resume.Send == "" {
		http.Redirect(w, r.Request, resume.Return, http.StatusSeeOther)
		return nil
	}
	m := againModel{View: r.View, Resume: resume}
	for name, values := range resume.Fields() {
		for _, v := range values {
			m.Fields = append(m.Fields, field{name, v})
		}
	}
	sort.SliceStable(m.Fields, func(i, j int) bool { return m.Fields[i].Name < m.Fields[j].Name })
	return s.Bare(w, r, http.StatusOK, r.View.T("again.title"), againPage(m))
}

// field is one value of a form.
type field struct{ Name, Value string }

// againModel shows what was entered before the session was lost.
type againModel struct {
	ui.View
	Resume site.Resume
	Fields []field
}

// typed gives the fields that people type: what is longer than an identity or
// a word.
func (m againModel) typed() []ui.Fact {
	var out []ui.Fact
	for _, f := range m.Fields {
		if f.Value != "" && f.Name != "version" {
			out = append(out, ui.Fact{Label: f.Name, Value: ui.Words(site.Clip(f.Value, 400))})
		}
	}
	return out
}

// SignOut ends the session.
func (s Pages) SignOut(w http.ResponseWriter, r *site.Request) error {
	if err := s.Users.SignOut(r.Context(), site.SessionSecret(r.Request)); err != nil {
		return err
	}
	s.Leave(w, r)
	return s.Redirect(w, r, "/sign-in", r.View.T("sign-in.signed-out"))
}
