package accounts

import (
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// role is a part that contacts play at a customer.
type role string

// The roles that every customer should have somebody for, in this order.
const (
	roleSponsor  role = "sponsor"
	roleChampion role = "champion"
	roleDecider  role = "decision maker"
	roleAdmin    role = "admin"
	roleUser     role = "user"
	roleOther    role = ""
)

func roles() []role {
	return []role{roleSponsor, roleChampion, roleDecider, roleAdmin, roleUser, roleOther}
}

// roleOf reads the role a source gives a contact.
func roleOf(s string) role {
	s = strings.Join(strings.Fields(strings.NewReplacer("-", " ", "_", " ").Replace(strings.ToLower(s))), " ")
	switch s {
	case "sponsor", "executive sponsor", "スポンサー":
		return roleSponsor
	case "champion", "推進者", "推進役", "チャンピオン":
		return roleChampion
	case "decision maker", "decisionmaker", "decider", "economic buyer", "決裁者", "意思決定者":
		return roleDecider
	case "admin", "administrator", "管理者":
		return roleAdmin
	case "user", "end user", "利用者", "ユーザー":
		return roleUser
	}
	return roleOther
}

func roleWord(v ui.View, x role) string {
	switch x {
	case roleSponsor:
		return v.T("role.contact.sponsor")
	case roleChampion:
		return v.T("role.contact.champion")
	case roleDecider:
		return v.T("role.contact.decider")
	case roleAdmin:
		return v.T("role.contact.admin")
	case roleUser:
		return v.T("role.contact.user")
	}
	return v.T("role.contact.other")
}

// gapWord says that nobody is known for a role.
func gapWord(v ui.View, x role) string {
	switch x {
	case roleSponsor:
		return v.T("role.gap.sponsor")
	case roleChampion:
		return v.T("role.gap.champion")
	case roleDecider:
		return v.T("role.gap.decider")
	case roleAdmin:
		return v.T("role.gap.admin")
	}
	return v.T("role.gap.user")
}

// part is the contacts of one role.
type part struct {
	role     role
	contacts []*account.Contact
}

// parts groups the contacts by role. A role nobody has is there, empty.
func (c *customer) parts() []part {
	by := map[role][]*account.Contact{}
	for i := range c.contacts {
		x := roleOf(c.contacts[i].Role)
		by[x] = append(by[x], &c.contacts[i])
	}
	var out []part
	for _, x := range roles() {
		if x == roleOther && len(by[x]) == 0 {
			continue
		}
		out = append(out, part{x, by[x]})
	}
	return out
}

// lastSeen says when a contact last took part in something.
func (c *customer) lastSeen(r *site.Request, id minori.ID) string {
	at, ok := c.last[id]
	if !ok {
		return r.View.T("contact.never")
	}
	return r.View.T("contact.last", "date", r.View.RelativeDay(site.DayIn(r, at), r.AsOf.Day))
}

// about says title and, where it is none of the roles, the role.
func about(x *account.Contact, of role) string {
	if of == roleOther && x.Role != "" {
		if x.Title == "" {
			return x.Role
		}
		return x.Role + ", " + x.Title
	}
	return x.Title
}

func contactName(x *account.Contact) string {
	if x.Name == "" {
		return x.Key
	}
	return x.Name
}
