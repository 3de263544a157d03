package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/sample"
)

// dataPlace is the program with a small company whose data stopped 20 days ago,
// and one source of messages.
type dataPlace struct {
	*testing.T
	app   *app.App
	pages http.Handler
	actor minori.Actor
}

func newDataPlace(t *testing.T) *dataPlace {
	t.Helper()
	ctx := context.Background()
	company := sample.New(sample.Config{Seed: 3, Accounts: 5, Days: 40, End: lastDay, RawDays: 40})
	now := minori.EndOf(lastDay, company.Location()).At
	cfg := app.Config{Data: t.TempDir(), Clock: func() time.Time { return now }}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(app.Init(ctx, cfg, company.Settings()))
	a, err := app.New(ctx, cfg)
	ok(err)
	t.Cleanup(func() { ok(a.Close()) })
	ok(a.FillSample(ctx, company, nil))
	now = now.AddDate(0, 0, 20)
	ok(a.Receive(ctx))
	p := &dataPlace{T: t, app: a, actor: minori.Actor{Name: "mika", Role: minori.RoleAdmin}}
	p.pages, err = a.HandlerFor(func(*http.Request) (minori.Actor, error) { return p.actor, nil })
	ok(err)
	key, _, err := a.Keys.Add(ctx, p.actor, auth.WriteKey{Name: "shop web", SourceName: "shop", Scopes: []auth.KeyScope{auth.ScopeTrack}})
	ok(err)
	ok(a.Ingest.Accept(ctx, key.Source, []ingest.Message{{Kind: ingest.Track, ID: "1", User: "u", Account: "NOBODY-7", Event: "checkout", Time: now.UnixMicro(), Body: `{"total":3}`}}))
	_, err = a.Ingest.Fold(ctx)
	ok(err)
	a.Ingest.Rejected(key.Source, ingest.Rejection{Field: "event", Reason: ingest.ReasonMissing}, []byte(`{"type":"track","x":"`+hostile+`"}`))
	return p
}

func (p *dataPlace) get(lang string) answer {
	p.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost/data", nil)
	r.Header.Set("Accept-Language", lang)
	p.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

func (p *dataPlace) keep(days string) answer {
	p.Helper()
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "http://localhost/data/keep", strings.NewReader(url.Values{"days": {days}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.pages.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// TestDataPage: the page says what comes in, what is new, what waits, what
// stopped coming and what depends on it.
func TestDataPage(t *testing.T) {
	p := newDataPlace(t)
	for _, lang := range []string{"en", "ja"} {
		got := p.get(lang)
		if got.status != http.StatusOK {
			t.Fatalf("%s: %d\n%s", lang, got.status, got.body)
		}
		got.body = strings.NewReplacer("usage.", "usage ", "data.quality", "data quality").Replace(got.body) // names look like messages without words
		checkPage(t, "/data", answer{got.status, got.header, named("/data", got.body)})
		for _, want := range []string{"shop web", ">shop<", "NOBODY-7", "checkout", "&lt;script&gt;", "usage login", "/scorecards/health", "/rules/", ">event<"} {
			if !strings.Contains(got.body, want) {
				t.Errorf("%s: the page does not say %q", lang, want)
			}
		}
	}
	if body := p.get("en").body; !strings.Contains(body, "is missing") || strings.Contains(body, ">total<") {
		t.Error("the reason of a rejection is missing, or properties of a new event are called new")
	}
	if body := p.get("ja").body; !strings.Contains(body, "ありません") || strings.Contains(body, "is missing") {
		t.Error("the reason of a rejection is not in Japanese")
	}
}

// TestKeepEvents: an administrator sets how long events are kept, and the audit
// log has it; others see it.
func TestKeepEvents(t *testing.T) {
	p := newDataPlace(t)
	for _, bad := range []string{"", "29", "3651", "soon", "1e3"} {
		if got := p.keep(bad); got.status != http.StatusBadRequest || !strings.Contains(got.body, "3,650") {
			t.Errorf("%q: %d", bad, got.status)
		}
	}
	if got := p.keep("35"); got.status != http.StatusSeeOther {
		t.Fatalf("35 days: %d %s", got.status, got.body)
	}
	days, from, err := p.app.Health.EventsKept(t.Context())
	if err != nil || days != 35 || from != lastDay+20-35 {
		t.Errorf("%d days from %s, %v", days, from, err)
	}
	lines, _, err := p.app.Auth.AuditLines(t.Context(), p.actor, auth.AuditFilter{Action: "events.keep"}, minori.Page{})
	if err != nil || len(lines) != 1 || lines[0].Actor != "mika" || !strings.Contains(lines[0].Detail, "35 days, before 0") {
		t.Errorf("the audit log has %v, %v", lines, err)
	}
	if body := p.get("en").body; !strings.Contains(body, `value="35"`) || !strings.Contains(body, "would") && !strings.Contains(body, "frees about") {
		t.Error("the page does not show what is kept")
	}
	p.actor = minori.Actor{Name: "leo", Role: minori.RoleLeader}
	if got := p.get("en"); got.status != http.StatusOK || strings.Contains(got.body, "/data/keep") || !strings.Contains(got.body, "shop web") {
		t.Errorf("a leader: %d", got.status)
	}
	if got := p.keep("50"); got.status != http.StatusForbidden {
		t.Errorf("a leader sets it: %d", got.status)
	}
	p.actor.Role = minori.RoleCSM
	if got := p.get("en"); got.status != http.StatusForbidden || strings.Contains(got.body, "shop web") {
		t.Errorf("a CSM: %d", got.status)
	}
}
