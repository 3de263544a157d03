package web

import (
	"net/http"

	"github.com/minori-hq/minori/web/accounts"
	"github.com/minori-hq/minori/web/cockpit"
	"github.com/minori-hq/minori/web/retention"
	"github.com/minori-hq/minori/web/rules"
	"github.com/minori-hq/minori/web/scorecards"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/workspace"
)

// routes is the table of contents: every address and what answers it.
func (s server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", s.Assets.Handler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("POST /preferences", s.Handle(s.preferences))
	mux.Handle("GET /{$}", s.Handle(s.home))

	account := accounts.Pages{Site: s.Site}
	mux.Handle("GET /accounts", s.Handle(account.List))
	mux.Handle("GET /accounts/{id}", s.Handle(account.Account))

	call := cockpit.Pages{Site: s.Site}
	mux.Handle("GET /cockpit", s.Handle(call.List))
	mux.Handle("GET /cockpit/{id}", s.Handle(call.Call))
	mux.Handle("POST /cockpit/{id}/{do}", s.Handle(call.Do))

	card := scorecards.Pages{Site: s.Site}
	mux.Handle("GET /scorecards", s.Handle(card.List))
	mux.Handle("GET /scorecards/{name}", s.Handle(card.Scorecard))
	mux.Handle("GET /scorecards/{name}/accounts/{id}", s.Handle(card.Account))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override", s.Handle(card.SetOverride))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override/clear", s.Handle(card.ClearOverride))

	rule := rules.Pages{Site: s.Site}
	mux.Handle("GET /rules", s.Handle(rule.List))
	mux.Handle("GET /rules/{name}", s.Handle(rule.Rule))

	mux.Handle("GET /retention", s.Handle(retention.Pages{Site: s.Site}.Retention))

	settings := workspace.Pages{Site: s.Site}
	mux.Handle("GET /workspace", s.Handle(settings.Workspace))
	mux.Handle("GET /workspace/definitions", s.Handle(settings.Definitions))
	mux.Handle("GET /workspace/{version}", s.Handle(settings.Version))

	mux.Handle("/", s.Handle(s.Nowhere))
	return mux
}

// home leads to the list of accounts.
func (s server) home(w http.ResponseWriter, r *site.Request) error {
	http.Redirect(w, r.Request, "/accounts", http.StatusSeeOther)
	return nil
}
