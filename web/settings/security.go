package settings

import (
	"net/http"
	"strconv"
	"strings"

	"rsc.io/qr"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// sessionsSize bounds the list of sessions; a user has no more.
const sessionsSize = 50

// securityModel is how the reader signs in.
type securityModel struct {
	head
	Email     string
	Password  bool // there is one
	TwoFactor bool
	Left      int       // recovery codes that were not used
	Key       *auth.Key // of a second factor that is being set up
	QR        qrCode
	Codes     []string // recovery codes, shown once
	Sessions  []sessionRow
	Others    bool // there are other sessions than this one
}

// sessionRow is one session in the list.
type sessionRow struct {
	ID      int64
	Device  string
	Address string
	Used    string
	Created string
	Present bool
}

// Security shows password, second factor and sessions.
func (s Pages) Security(w http.ResponseWriter, r *site.Request) error {
	m, err := s.securityModel(r)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, m.head, securityPage(m))
}

func (s Pages) securityModel(r *site.Request) (m securityModel, err error) {
	if err := signedIn(r); err != nil {
		return m, err
	}
	m.head = headOf(r, site.TabSecurity, r.View.T("settings.security"))
	u, err := s.Users.User(r.Context(), r.Actor, r.Actor.User)
	if err != nil {
		return m, err
	}
	m.Email, m.Password, m.TwoFactor = u.Email, u.HasPassword, u.TwoFactor
	if m.TwoFactor {
		if m.Left, err = s.Users.RecoveryLeft(r.Context(), r.Actor); err != nil {
			return m, err
		}
	} else if err := s.pendingKey(r, &m); err != nil {
		return m, err
	}
	list, err := s.Users.Sessions(r.Context(), r.Actor, minori.Page{Limit: sessionsSize})
	if err != nil {
		return m, err
	}
	for _, one := range list {
		row := sessionRow{ID: one.ID, Device: device(r.View, one.Agent), Address: one.Address, Present: one.ID == r.Reader.Session,
			Used: r.View.DateTime(minori.FromMicros(one.Used)), Created: r.View.DateTime(minori.FromMicros(one.Created))}
		m.Others = m.Others || !row.Present
		m.Sessions = append(m.Sessions, row)
	}
	return m, nil
}

// pendingKey fills in the second factor that is being set up.
func (s Pages) pendingKey(r *site.Request, m *securityModel) error {
	key, found, err := s.Users.PendingKey(r.Context(), r.Actor)
	if err != nil || !found {
		return err
	}
	m.Key = &key
	m.QR, err = drawQR(key.URI)
	return err
}

// qrCode is a QR code as a drawing.
type qrCode struct {
	ViewBox string
	Path    string
}

// quiet is the empty space that readers of QR codes need around one.
const quiet = 4

func drawQR(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return qrCode{}, err
	}
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	size := strconv.Itoa(code.Size + 2*quiet)
	return qrCode{ViewBox: "0 0 " + size + " " + size, Path: b.String()}, nil
}

// device says in few words what somebody signed in with.
func device(v ui.View, agent string) string {
	find := func(names ...string) string {
		for i := 0; i+1 < len(names); i += 2 {
			if strings.Contains(agent, names[i]) {
				return names[i+1]
			}
		}
		return ""
	}
	browser := find("Edg/", "Edge", "OPR/", "Opera", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := find("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS X", "macOS", "Linux", "Linux")
	switch {
	case browser != "" && system != "":
		return v.T("session.device", "browser", browser, "system", system)
	case browser+system != "":
		return browser + system
	}
	return v.T("session.unknown-device")
}

// done leads back after something worked, or shows the page with what did not.
func (s Pages) done(w http.ResponseWriter, r *site.Request, err error, message string) error {
	if err == nil {
		return s.Redirect(w, r, "/settings/security", message)
	}
	said, status, err := notice(r, err)
	if err != nil {
		return err
	}
	m, err := s.securityModel(r)
	if err != nil {
		return err
	}
	m.Notice = said
	return s.show(w, r, status, m.head, securityPage(m))
}

// Protect changes how the reader signs in.
func (s Pages) Protect(w http.ResponseWriter, r *site.Request) error {
	if err := signedIn(r); err != nil {
		return err
	}
	ctx, v, f := r.Context(), r.View, r.PostForm
	switch r.PathValue("do") {
	case "password":
		if f.Get("password") != f.Get("again") {
			return s.done(w, r, site.Invalid(v.T("auth.differ")), "")
		}
		return s.done(w, r, s.Users.ChangePassword(ctx, r.Actor, r.Reader.Session, f.Get("present"), f.Get("password")), v.T("security.password-changed"))
	case "begin":
		return s.done(w, r, s.Users.BeginTwoFactor(ctx, r.Actor, f.Get("present")), "")
	case "cancel":
		return s.done(w, r, s.Users.CancelTwoFactor(ctx, r.Actor), "")
	case "end":
		return s.done(w, r, s.Users.EndTwoFactor(ctx, r.Actor, f.Get("present")), v.T("security.off-now"))
	case "confirm":
		codes, err := s.Users.ConfirmTwoFactor(ctx, r.Actor, r.Reader.Session, site.Clip(f.Get("code"), 40))
		return s.codes(w, r, codes, err)
	case "recovery":
		codes, err := s.Users.RenewRecovery(ctx, r.Actor, f.Get("present"))
		return s.codes(w, r, codes, err)
	case "revoke-others":
		return s.done(w, r, s.Users.Revoke(ctx, r.Actor, 0, r.Reader.Session), v.T("session.others-ended"))
	case "revoke":
		id, err := strconv.ParseInt(f.Get("session"), 10, 64)
		if err != nil || id < 1 {
			return site.Invalid(v.T("auth.done-already"))
		}
		return s.done(w, r, s.Users.Revoke(ctx, r.Actor, id, r.Reader.Session), v.T("session.ended"))
	}
	return s.Nowhere(w, r)
}

// codes shows new recovery codes, once.
func (s Pages) codes(w http.ResponseWriter, r *site.Request, codes []string, err error) error {
	if err != nil {
		return s.done(w, r, err, "")
	}
	m, err := s.securityModel(r)
	if err != nil {
		return err
	}
	m.Codes = codes
	return s.show(w, r, http.StatusOK, m.head, securityPage(m))
}
