package site

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/ui"
)

// RoleWord gives a role in the reader's words.
func RoleWord(v ui.View, role minori.Role) string { return roleWord(v, role) }

// AccessWord says which accounts somebody sees.
func AccessWord(v ui.View, a minori.Access) string {
	switch a {
	case minori.AccessTeam:
		return v.T("access.team")
	case minori.AccessOwn:
		return v.T("access.own")
	}
	return v.T("access.all")
}

// AuthMessage says why sign-in or a change of a user was refused, in the
// reader's words.
func AuthMessage(r *Request, err error) string {
	v := r.View
	switch auth.WhyOf(err) {
	case auth.WhyBadSignIn:
		return v.T("auth.bad-sign-in")
	case auth.WhyBadPassword:
		return v.T("auth.bad-password")
	case auth.WhyBadCode:
		return v.T("auth.bad-code")
	case auth.WhyTooMany:
		return v.T("auth.too-many")
	case auth.WhyExpired:
		return v.T("auth.expired")
	case auth.WhyShort:
		return v.T("auth.short", "count", auth.MinPassword)
	case auth.WhyLong:
		return v.T("auth.long", "count", auth.MaxPassword)
	case auth.WhyIsEmail:
		return v.T("auth.is-email")
	case auth.WhySetupCode:
		return v.T("auth.setup-code")
	case auth.WhySetupDone:
		return v.T("auth.setup-done")
	case auth.WhyNoTwoFactor, auth.WhyHasTwoFactor, auth.WhyNotStarted, auth.WhyNoSuchSession:
		return v.T("auth.done-already")
	}
	return userMessage(r, err)
}

// userMessage says why a user could not be saved.
func userMessage(r *Request, err error) string {
	v := r.View
	switch auth.WhyOf(err) {
	case auth.WhyEmail:
		return v.T("auth.email")
	case auth.WhyTaken:
		return v.T("auth.taken")
	case auth.WhyName:
		return v.T("auth.name")
	case auth.WhyRole, auth.WhyAccess, auth.WhyBadPreference:
		return v.T("auth.choice")
	case auth.WhyNeedsPerson:
		return v.T("auth.needs-person")
	case auth.WhyLastAdmin:
		return v.T("auth.last-admin")
	case auth.WhyChanged:
		return v.T("auth.changed")
	case auth.WhyNoSuchUser:
		return v.T("auth.no-user")
	}
	return FormMessage(v, err)
}

// SettingsTab names a page of a reader's settings.
type SettingsTab string

// The pages of the settings; webhooks are for who may configure, the last two
// for admins.
const (
	TabProfile  SettingsTab = "profile"
	TabSecurity SettingsTab = "security"
	TabWebhooks SettingsTab = "webhooks"
	TabUsers    SettingsTab = "users"
	TabAudit    SettingsTab = "audit"
)

// SettingsTabs leads through the settings.
func SettingsTabs(r *Request, current SettingsTab) []ui.Tab {
	var tabs []ui.Tab
	add := func(id SettingsTab, label, url string) {
		tabs = append(tabs, ui.Tab{Label: label, URL: url, Current: id == current})
	}
	if r.Actor.User != 0 {
		add(TabProfile, r.View.T("settings.profile"), "/settings")
		add(TabSecurity, r.View.T("settings.security"), "/settings/security")
	}
	if r.Actor.MayConfigure() && r.Actor.SeesAll() {
		add(TabWebhooks, r.View.T("settings.webhooks"), "/settings/webhooks")
	}
	if r.Actor.Role == minori.RoleAdmin {
		add(TabUsers, r.View.T("settings.users"), "/settings/users")
		add(TabAudit, r.View.T("settings.audit"), "/settings/audit")
	}
	return tabs
}
