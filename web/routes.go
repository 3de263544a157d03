package web

import (
	"github.com/minori-hq/minori/web/accountlist"
	"github.com/minori-hq/minori/web/accounts"
	"github.com/minori-hq/minori/web/cockpit"
	"github.com/minori-hq/minori/web/dashboards"
	"github.com/minori-hq/minori/web/demo"
	"github.com/minori-hq/minori/web/health"
	"github.com/minori-hq/minori/web/home"
	"github.com/minori-hq/minori/web/live"
	"github.com/minori-hq/minori/web/notices"
	"github.com/minori-hq/minori/web/palette"
	"github.com/minori-hq/minori/web/people"
	"github.com/minori-hq/minori/web/playbooks"
	"github.com/minori-hq/minori/web/retention"
	"github.com/minori-hq/minori/web/risk"
	"github.com/minori-hq/minori/web/rules"
	"github.com/minori-hq/minori/web/scorecards"
	"github.com/minori-hq/minori/web/segments"
	"github.com/minori-hq/minori/web/settings"
	"github.com/minori-hq/minori/web/signin"
	"github.com/minori-hq/minori/web/subject"
	"github.com/minori-hq/minori/web/workspace"
)

// routes is the table of contents: every address and what answers it.
func (s server) routes() *table {
	mux := &table{}
	mux.Handle("GET /assets/", s.Assets.Handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("POST /preferences", s.Public(s.preferences))
	mux.Handle("GET /{$}", s.Handle(home.Pages{Site: s.Site}.Home))
	mux.Handle("GET /hidden-risk", s.Handle(risk.Pages{Site: s.Site}.HiddenRisk))

	s.listRoutes(mux)

	account := accounts.Pages{Site: s.Site}
	mux.Handle("GET /accounts/{id}", s.Handle(account.Account))
	mux.Handle("GET /accounts/{id}/measures/{name}", s.Handle(account.Measure))
	mux.Handle("GET /accounts/{id}/timeline/new", s.Handle(account.NewEntry))
	mux.Handle("POST /accounts/{id}/timeline", s.HandleUpload(subject.MaxUpload, account.AddEntry))
	mux.Handle("GET /accounts/{id}/timeline/{entry}", s.Handle(account.Entry))
	mux.Handle("POST /accounts/{id}/timeline/{entry}", s.HandleUpload(subject.MaxUpload, account.EditEntry))
	mux.Handle("POST /accounts/{id}/timeline/{entry}/delete", s.Handle(account.DeleteEntry))
	mux.Handle("GET /accounts/{id}/files/{file}", s.Handle(account.File))

	person := people.Pages{Site: s.Site}
	mux.Handle("GET /people", s.Handle(person.List))
	mux.Handle("GET /people/{id}", s.Handle(person.Person))
	mux.Handle("GET /people/{id}/measures/{name}", s.Handle(person.Measure))

	call := cockpit.Pages{Site: s.Site}
	mux.Handle("GET /cockpit", s.Handle(call.List))
	mux.Handle("GET /cockpit/team", s.Handle(call.Team))
	mux.Handle("GET /cockpit/{id}", s.Handle(call.Call))
	mux.Handle("POST /cockpit/bulk", s.Handle(call.DoBulk))
	mux.Handle("POST /cockpit/undo", s.Handle(call.DoUndo))
	mux.Handle("POST /cockpit/{id}/{do}", s.Handle(call.Do))

	s.definitionRoutes(mux)
	mux.Handle("GET /retention", s.Handle(retention.Pages{Site: s.Site}.Retention))

	definitions := workspace.Pages{Site: s.Site}
	mux.Handle("GET /workspace", s.Handle(definitions.Workspace))
	mux.Handle("GET /workspace/definitions", s.Handle(definitions.Definitions))
	mux.Handle("GET /workspace/{version}", s.Handle(definitions.Version))

	data := health.Pages{Site: s.Site}
	mux.Handle("GET /data", s.Handle(data.Show))
	mux.Handle("POST /data/keep", s.Handle(data.Keep))

	s.everywhere(mux)

	s.accessRoutes(mux)

	mux.Handle("/", s.Handle(s.Nowhere))
	return mux
}

// listRoutes are the addresses of the list of accounts and its views.
func (s server) listRoutes(mux *table) {
	list := accountlist.Pages{Site: s.Site}
	mux.Handle("GET /accounts", s.Handle(list.List))
	mux.Handle("GET /lists/accounts/count", s.Handle(list.Count))
	mux.Handle("GET /lists/accounts/condition", s.Handle(list.Condition))
	mux.Handle("GET /lists/accounts/export", s.Handle(list.Export))
	mux.Handle("POST /lists/accounts/export", s.Handle(list.Export))
	mux.Handle("GET /lists/accounts/fields", s.Handle(list.Field))
	mux.Handle("POST /lists/accounts/fields", s.Handle(list.SaveField))
	mux.Handle("GET /lists/accounts/bulk-value", s.Handle(list.BulkValue))
	mux.Handle("POST /lists/accounts/bulk", s.Handle(list.Bulk))
	mux.Handle("POST /lists/accounts/undo/{batch}", s.Handle(list.Undo))
	mux.Handle("POST /views", s.Handle(list.CreateView))
	mux.Handle("POST /views/opens", s.Handle(list.OpenWith))
	mux.Handle("GET /views/{id}", s.Handle(list.View))
	mux.Handle("POST /views/{id}", s.Handle(list.SaveView))
	mux.Handle("POST /views/{id}/delete", s.Handle(list.DeleteView))
}

// definitionRoutes are the addresses of what is defined, tried out and edited.
func (s server) definitionRoutes(mux *table) {
	card := scorecards.Pages{Site: s.Site}
	mux.Handle("GET /scorecards", s.Handle(card.List))
	mux.Handle("GET /scorecards/{name}", s.Handle(card.Scorecard))
	mux.Handle("GET /scorecards/{name}/heat", s.Handle(card.Heat))
	mux.Handle("GET /scorecards/{name}/edit", s.Handle(card.Editor().Edit))
	mux.Handle("POST /scorecards/{name}/edit", s.Handle(card.Editor().Save))
	mux.Handle("GET /scorecards/{name}/delete", s.Handle(card.Editor().AskRemove))
	mux.Handle("POST /scorecards/{name}/delete", s.Handle(card.Editor().Remove))
	mux.Handle("GET /scorecards/{name}/accounts/{id}", s.Handle(card.Account))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override", s.Handle(card.SetOverride))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override/clear", s.Handle(card.ClearOverride))

	rule := rules.Pages{Site: s.Site}
	mux.Handle("GET /rules", s.Handle(rule.List))
	mux.Handle("GET /rules/{name}", s.Handle(rule.Rule))
	mux.Handle("GET /rules/{name}/edit", s.Handle(rule.Editor().Edit))
	mux.Handle("POST /rules/{name}/edit", s.Handle(rule.Editor().Save))
	mux.Handle("GET /rules/{name}/delete", s.Handle(rule.Editor().AskRemove))
	mux.Handle("POST /rules/{name}/delete", s.Handle(rule.Editor().Remove))

	playbook := playbooks.Pages{Site: s.Site}
	mux.Handle("GET /playbooks", s.Handle(playbook.List))
	mux.Handle("GET /playbooks/{name}", s.Handle(playbook.Playbook))
	mux.Handle("GET /playbooks/{name}/edit", s.Handle(playbook.Editor().Edit))
	mux.Handle("POST /playbooks/{name}/edit", s.Handle(playbook.Editor().Save))
	mux.Handle("GET /playbooks/{name}/delete", s.Handle(playbook.Editor().AskRemove))
	mux.Handle("POST /playbooks/{name}/delete", s.Handle(playbook.Editor().Remove))

	segment := segments.Pages{Site: s.Site}
	mux.Handle("GET /segments", s.Handle(segment.List))
	mux.Handle("GET /segments/{name}", s.Handle(segment.Segment))
	mux.Handle("GET /segments/{name}/edit", s.Handle(segment.Editor().Edit))
	mux.Handle("POST /segments/{name}/edit", s.Handle(segment.Editor().Save))
	mux.Handle("GET /segments/{name}/delete", s.Handle(segment.Editor().AskRemove))
	mux.Handle("POST /segments/{name}/delete", s.Handle(segment.Editor().Remove))
}

// accessRoutes are the addresses of sign-in and of settings.
func (s server) accessRoutes(mux *table) {
	enter := signin.Pages{Site: s.Site}
	mux.Handle("GET /sign-in", s.Public(enter.Ask))
	mux.Handle("POST /sign-in", s.Public(enter.SignIn))
	mux.Handle("POST /sign-in/code", s.Public(enter.Code))
	mux.Handle("POST /sign-out", s.Public(enter.SignOut))
	mux.Handle("GET /setup", s.Public(enter.AskSetup))
	mux.Handle("POST /setup", s.Public(enter.Setup))
	mux.Handle("GET /reset/{token}", s.Public(enter.AskReset))
	mux.Handle("POST /reset/{token}", s.Public(enter.Reset))

	own := settings.Pages{Site: s.Site}
	mux.Handle("GET /settings", s.Handle(own.Profile))
	mux.Handle("POST /settings/profile", s.Handle(own.SaveProfile))
	mux.Handle("POST /settings/preferences", s.Handle(own.SavePreferences))
	mux.Handle("GET /settings/security", s.Handle(own.Security))
	mux.Handle("POST /settings/security/{do}", s.Handle(own.Protect))
	mux.Handle("GET /settings/users", s.Handle(own.List))
	mux.Handle("POST /settings/users", s.Handle(own.Add))
	mux.Handle("GET /settings/users/new", s.Handle(own.New))
	mux.Handle("GET /settings/users/{id}", s.Handle(own.User))
	mux.Handle("POST /settings/users/{id}/{do}", s.Handle(own.Change))
	mux.Handle("GET /settings/audit", s.Handle(own.Audit))
	mux.Handle("GET /settings/webhooks", s.Handle(own.Webhooks))
	mux.Handle("POST /settings/webhooks", s.Handle(own.AddWebhook))
	mux.Handle("GET /settings/webhooks/new", s.Handle(own.NewWebhook))
	mux.Handle("GET /settings/webhooks/{id}", s.Handle(own.Webhook))
	mux.Handle("POST /settings/webhooks/{id}/{do}", s.Handle(own.ChangeWebhook))
	mux.Handle("GET /settings/webhooks/{id}/deliveries/{delivery}", s.Handle(own.Delivery))
	mux.Handle("POST /settings/webhooks/{id}/deliveries/{delivery}/replay", s.Handle(own.ReplayDelivery))
}

// everywhere adds what stands beside the places: dashboards, the stream of what
// changes, notifications and the search.
func (s server) everywhere(mux *table) {
	board := dashboards.Pages{Site: s.Site}
	mux.Handle("GET /dashboards", s.Handle(board.List))
	mux.Handle("GET /dashboards/{name}", s.Handle(board.Dashboard))
	mux.Handle("GET /dashboards/{name}/delete", s.Handle(board.Editor().AskRemove))
	mux.Handle("POST /dashboards/{name}/delete", s.Handle(board.Editor().Remove))
	mux.Handle("GET /dashboards/{name}/tiles/{n}", s.Handle(board.Tile))
	mux.Handle("GET /dashboards/{name}/tiles/{n}/csv", s.Handle(board.CSV))

	stream := live.Pages{Site: s.Site}
	mux.Handle("GET /live", s.Handle(stream.Stream))
	mux.Handle("GET /live/work", s.Handle(stream.Work))

	told := notices.Pages{Site: s.Site}
	mux.Handle("GET /notifications", s.Handle(told.List))
	mux.Handle("GET /notifications/bell", s.Handle(told.Bell))
	mux.Handle("POST /notifications/read", s.Handle(told.Read))
	mux.Handle("GET /notifications/preferences", s.Handle(told.Preferences))
	mux.Handle("POST /notifications/preferences", s.Handle(told.SavePreferences))

	if s.Demo != nil {
		play := demo.Pages{Site: s.Site}
		mux.Handle("GET /demo", s.Handle(play.Show))
		mux.Handle("POST /demo/{account}/{what}", s.Handle(play.Play))
	}

	find := palette.Pages{Site: s.Site}
	mux.Handle("GET /palette", s.Handle(find.Palette))
	mux.Handle("GET /search", s.Handle(find.Search))
}
