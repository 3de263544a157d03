package settings

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// usersSize is how many users a page lists.
const usersSize = 50

// usersModel is the list of users.
type usersModel struct {
	head
	Table ui.TableProps
}

// List shows the users.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	if err := admin(r); err != nil {
		return err
	}
	page, number, err := r.Page(usersSize)
	if err != nil {
		return err
	}
	users, total, err := s.Users.Users(r.Context(), r.Actor, page)
	if err != nil {
		return site.Refused(r, err)
	}
	names, err := s.personNames(r, users)
	if err != nil {
		return err
	}
	v := r.View
	m := usersModel{head: headOf(r, site.TabUsers, v.T("settings.users"))}
	m.Table = ui.TableProps{Caption: v.T("settings.users"), Columns: []ui.Column{
		{Label: v.T("user.name"), Primary: true}, {Label: v.T("user.role")}, {Label: v.T("user.access")}, {Label: v.T("user.person")},
		{Label: v.T("user.two-factor"), NotPhone: true}, {Label: v.T("user.last-sign-in"), NotPhone: true}, {Label: v.T("user.state")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconPeople, Title: v.T("user.none"), Text: v.T("user.none-text"), Action: ui.ButtonProps{Label: v.T("user.add"), URL: "/settings/users/new"}}}
	for i := range users {
		m.Table.Rows = append(m.Table.Rows, userRow(v, &users[i], names[users[i].Person]))
	}
	m.Table.Paging = r.Paging(number, usersSize, len(users), total, "/settings/users")
	return s.show(w, r, http.StatusOK, m.head, usersPage(m))
}

func (s Pages) personNames(r *site.Request, users []auth.User) (map[minori.ID]string, error) {
	var ids []minori.ID
	for i := range users {
		if users[i].Person != 0 {
			ids = append(ids, users[i].Person)
		}
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	out := make(map[minori.ID]string, len(labels))
	for id, l := range labels {
		out[id] = l.Name
	}
	return out, err
}

func userRow(v ui.View, u *auth.User, person string) ui.Row {
	last := v.T("user.never")
	if u.LastSignIn != 0 {
		last = v.DateTime(minori.FromMicros(u.LastSignIn))
	}
	factor := v.T("user.off")
	if u.TwoFactor {
		factor = v.T("user.on")
	}
	return ui.Row{URL: userPath(u.ID), Quiet: !u.Active, Cells: []templ.Component{ui.TwoLines(u.Name, u.Email), ui.Words(site.RoleWord(v, u.Role)),
		ui.Words(site.AccessWord(v, u.Access)), ui.Words(person), ui.Words(factor), ui.Words(last), stateCell(v, u)}}
}

func stateCell(v ui.View, u *auth.User) templ.Component {
	switch {
	case !u.Active:
		return ui.Status(v.T("user.disabled"), ui.Neutral)
	case !u.HasPassword:
		return ui.Status(v.T("user.invited"), ui.Warn)
	}
	return ui.Status(v.T("user.active"), ui.Good)
}

func userPath(id minori.ID) string { return "/settings/users/" + strconv.FormatInt(int64(id), 10) }

// userModel is the form of one user.
type userModel struct {
	head
	User   auth.User // ID 0: a new one
	Person string    // as entered
	Link   string    // a link for a new password, shown once
}

// New shows the form of a new user.
func (s Pages) New(w http.ResponseWriter, r *site.Request) error {
	if err := admin(r); err != nil {
		return err
	}
	m := userModel{head: headOf(r, site.TabUsers, r.View.T("user.add"))}
	m.User.Role, m.User.Active = minori.RoleCSM, true
	return s.show(w, r, http.StatusOK, m.head, userPage(m))
}

// Add makes a user and shows the link on which they choose a password.
func (s Pages) Add(w http.ResponseWriter, r *site.Request) error {
	if err := admin(r); err != nil {
		return err
	}
	p, err := s.entered(r)
	var u auth.User
	if err == nil {
		u, err = s.Users.AddUser(r.Context(), r.Actor, p, auth.Preferences{Lang: r.Config.Workspace.Lang})
	}
	if err != nil {
		return s.notSaved(w, r, auth.User{Profile: p, Active: true}, err)
	}
	return s.showLink(w, r, u)
}

// User shows one user.
func (s Pages) User(w http.ResponseWriter, r *site.Request) error {
	u, err := s.named(r)
	if err != nil {
		return err
	}
	m, err := s.userModel(r, u)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, m.head, userPage(m))
}

// named gives the user the address names.
func (s Pages) named(r *site.Request) (auth.User, error) {
	if err := admin(r); err != nil {
		return auth.User{}, err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return auth.User{}, minori.Errorf(minori.NotFound, "%s", r.View.T("error.not-found.todo"))
	}
	u, err := s.Users.User(r.Context(), r.Actor, minori.ID(id))
	if minori.CodeOf(err) == minori.NotFound {
		err = minori.Errorf(minori.NotFound, "%s", r.View.T("auth.no-user"))
	}
	return u, err
}

func (s Pages) userModel(r *site.Request, u auth.User) (userModel, error) {
	m := userModel{head: headOf(r, site.TabUsers, u.Name), User: u}
	if u.Person != 0 {
		labels, err := s.Accounts.Labels(r.Context(), r.Actor, []minori.ID{u.Person})
		if err != nil {
			return m, err
		}
		m.Person = labels[u.Person].Key
	}
	return m, nil
}

// entered reads the profile of the form.
func (s Pages) entered(r *site.Request) (auth.Profile, error) {
	f := r.PostForm
	p := auth.Profile{Email: f.Get("email"), Name: f.Get("name"), Role: minori.Role(f.Get("role")), Access: auth.ParseAccess(f.Get("access"))}
	ref := f.Get("person")
	if ref == "" {
		return p, nil
	}
	found, err := s.Accounts.PersonsByRef(r.Context(), []string{ref})
	if err != nil {
		return p, err
	}
	if p.Person = found[ref]; p.Person == 0 {
		return p, site.Invalid(r.View.T("user.no-person", "ref", site.Clip(ref, 60)))
	}
	return p, nil
}

// notSaved shows the form again with what was entered.
func (s Pages) notSaved(w http.ResponseWriter, r *site.Request, u auth.User, err error) error {
	said, status, err := notice(r, err)
	if err != nil {
		return err
	}
	title := u.Name
	if u.ID == 0 {
		title = r.View.T("user.add")
	}
	m := userModel{head: headOf(r, site.TabUsers, title), User: u, Person: site.Clip(r.PostForm.Get("person"), 200)}
	m.Notice = said
	return s.show(w, r, status, m.head, userPage(m))
}

// Change saves a user, or does something with them.
func (s Pages) Change(w http.ResponseWriter, r *site.Request) error {
	u, err := s.named(r)
	if err != nil {
		return err
	}
	v := r.View
	switch r.PathValue("do") {
	case "save":
		return s.saveUser(w, r, u)
	case "reset":
		return s.showLink(w, r, u)
	case "sign-out":
		n, err := s.Users.SignOutUser(r.Context(), r.Actor, u.ID)
		return s.changed(w, r, u, err, v.T("user.signed-out", "count", n))
	case "two-factor":
		return s.changed(w, r, u, s.Users.DropTwoFactor(r.Context(), r.Actor, u.ID), v.T("user.two-factor-off"))
	}
	return s.Nowhere(w, r)
}

func (s Pages) changed(w http.ResponseWriter, r *site.Request, u auth.User, err error, message string) error {
	if err != nil {
		return s.notSaved(w, r, u, err)
	}
	return s.Redirect(w, r, userPath(u.ID), message)
}

func (s Pages) saveUser(w http.ResponseWriter, r *site.Request, u auth.User) error {
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return site.Invalid(r.View.T("form.no-version"))
	}
	active := r.PostForm.Get("active") == "true"
	p, err := s.entered(r)
	if err == nil {
		_, err = s.Users.ChangeUser(r.Context(), r.Actor, u.ID, version, p, active)
	}
	u.Profile, u.Active = p, active // the present version, and what was entered
	return s.changed(w, r, u, err, r.View.T("form.saved"))
}

// showLink shows a new link for a password; it is kept nowhere.
func (s Pages) showLink(w http.ResponseWriter, r *site.Request, u auth.User) error {
	path, err := s.Users.ResetLink(r.Context(), r.Actor, u.ID)
	if err != nil {
		return site.Refused(r, err)
	}
	m, err := s.userModel(r, u)
	if err != nil {
		return err
	}
	scheme := "http://"
	if s.Secure || site.OverHTTPS(r.Request) {
		scheme = "https://"
	}
	m.Link = scheme + r.Host + path
	return s.show(w, r, http.StatusOK, m.head, userPage(m))
}

// roleOptions gives the roles to choose from.
func roleOptions(v ui.View) []ui.Option {
	var out []ui.Option
	for _, role := range minori.Roles() {
		out = append(out, ui.Option{Value: string(role), Label: site.RoleWord(v, role)})
	}
	return out
}

func accessOptions(v ui.View) []ui.Option {
	return []ui.Option{{Value: "all", Label: site.AccessWord(v, minori.AccessAll)}, {Value: string(minori.AccessTeam), Label: site.AccessWord(v, minori.AccessTeam)},
		{Value: string(minori.AccessOwn), Label: site.AccessWord(v, minori.AccessOwn)}}
}

// accessValue gives an access as a form sends it.
func accessValue(a minori.Access) string {
	if a == minori.AccessAll {
		return "all"
	}
	return string(a)
}

// checked writes a yes or no as a form sends it.
func checked(b bool) string {
	if b {
		return "true"
	}
	return ""
}
