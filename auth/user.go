package auth

import (
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	minori "github.com/minori-hq/minori"
)

// User is somebody who may sign in.
type User struct {
	ID      minori.ID
	Version int64 // counts changes by admins
	Profile
	Preferences
	Active      bool
	HasPassword bool
	TwoFactor   bool
	Created     int64 // microseconds since 1970 UTC
	LastSignIn  int64 // 0: never
}

// Profile is what admins decide about a user.
type Profile struct {
	Email  string
	Name   string
	Role   minori.Role
	Access minori.Access
	Person minori.ID // the employee this user is, 0 if none
}

// Preferences is how a user wants the interface; "" leaves it to the workspace
// or the browser.
type Preferences struct {
	Lang    minori.Lang
	Zone    string // IANA name
	Theme   string // system, light, dark
	Density string // comfortable, compact
}

// Actor gives the user as who does something.
func (u *User) Actor() minori.Actor {
	return minori.Actor{Name: u.Email, Role: u.Role, User: u.ID, Person: u.Person, Access: u.Access, Lang: u.Lang}
}

// Longest values, in characters.
const (
	maxName  = 100
	maxEmail = 254
	maxZone  = 64
)

// foldEmail gives the form under which e-mails are the same.
func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(norm.NFKC.String(s))) }

// tidy brings a profile into the form in which it is kept.
func (p *Profile) tidy() {
	p.Email = strings.TrimSpace(norm.NFKC.String(p.Email))
	p.Name = strings.TrimSpace(p.Name)
}

// Validate reports what is wrong with a profile.
func (p *Profile) Validate() error {
	if err := validEmail(p.Email); err != nil {
		return err
	}
	n := utf8.RuneCountInString(p.Name)
	switch {
	case n == 0 || n > maxName || !clean(p.Name):
		return refuse(minori.Invalid, WhyName, "a user has a name of at most %d characters", maxName)
	case !slices.Contains(minori.Roles(), p.Role):
		return refuse(minori.Invalid, WhyRole, "there is no role %q; the roles are %s", p.Role, roleNames())
	case p.Access != minori.AccessAll && p.Access != minori.AccessTeam && p.Access != minori.AccessOwn:
		return refuse(minori.Invalid, WhyAccess, "there is no access %q; it is all, team or own", p.Access)
	case p.Access != minori.AccessAll && p.Person == 0:
		return refuse(minori.Invalid, WhyNeedsPerson, "the access %q needs the employee this user is", p.Access)
	}
	return nil
}

func validEmail(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxEmail || !clean(s) {
		return refuse(minori.Invalid, WhyEmail, "%q is not an e-mail address", short(s, 60))
	}
	return nil
}

func roleNames() string {
	var names []string
	for _, r := range minori.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// Validate reports what is wrong with preferences.
func (p *Preferences) Validate() error {
	bad := func(what, value string) error {
		return refuse(minori.Invalid, WhyBadPreference, "there is no %s %q", what, short(value, 60))
	}
	if p.Lang != "" && !p.Lang.Valid() {
		return bad("language", string(p.Lang))
	}
	if p.Zone != "" {
		if _, err := time.LoadLocation(p.Zone); err != nil || len(p.Zone) > maxZone || p.Zone == "Local" {
			return bad("time zone", p.Zone)
		}
	}
	if !slices.Contains([]string{"", "system", "light", "dark"}, p.Theme) {
		return bad("theme", p.Theme)
	}
	if !slices.Contains([]string{"", "comfortable", "compact"}, p.Density) {
		return bad("density", p.Density)
	}
	return nil
}

// Session is a sign-in that holds.
type Session struct {
	ID      int64
	User    minori.ID
	Created int64 // microseconds since 1970 UTC
	Used    int64 // to within a few minutes
	Agent   string
	Address string
}

// clean reports whether a text can be stored and shown in a line.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// short cuts a text to n characters and makes it storable.
func short(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
