package webhooktest

import (
	"context"
	"errors"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/webhook"
)

// open asks for a call for an episode of a rule.
func open(s minori.Subject, episode int) action.OpenRequest {
	num, secret := 41.5, "secret word"
	return action.OpenRequest{Subject: s, Rule: 3, RuleName: "health-red", Episode: episode, Owners: []string{"aoi@example.com"},
		Call:     action.CallSpec{Type: "risk", Reason: "health", Priority: "high", Due: 2},
		Evidence: []action.Evidence{{Name: `score("health")`, Num: &num}, {Name: "account.secret", Text: &secret}},
		AsOf:     minori.EndOf(minori.DayOf(time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)), time.UTC)}
}

// callIn reads what the newest event of a call carries.
func callIn(t testing.TB, list []webhook.Event) map[string]any {
	t.Helper()
	return data(t, list[len(list)-1].Body)["call_to_action"].(map[string]any)
}

func (e *env) unsent(t testing.TB) []webhook.Event {
	t.Helper()
	list, err := e.store.Unsent(e.ctx, 100)
	check(t, err)
	return list
}

// testCalls opens, recovers and closes calls, some of them twice, some in
// transactions that are undone.
func testCalls(t *testing.T, e *env) {
	aoyama, bunkyo, aoi := e.fill(t)
	open1 := []action.OpenRequest{open(aoyama, 1), open(bunkyo, 1), open(aoi, 1)}
	_, err := e.actions.Open(e.ctx, []action.OpenRequest{open(bunkyo, 9)})
	check(t, err)
	if list := e.unsent(t); len(list) != 0 || e.jobs.fanOut != 0 {
		t.Fatalf("nobody wanted %+v", list)
	}
	e.endpoint(t, "/ok", webhook.CallOpened, webhook.CallRecovered, webhook.CallClosed)
	e.endpoint(t, "/fail", webhook.BandChanged)
	no := errors.New("no")
	err = e.db.InTx(e.ctx, func(in context.Context) error {
		_, err := e.actions.Open(in, open1)
		return errors.Join(err, no)
	})
	if !errors.Is(err, no) || len(e.unsent(t)) != 0 {
		t.Fatal("events of a transaction that was undone", err)
	}
	for range 2 { // the second opens nothing
		_, err := e.actions.Open(e.ctx, open1)
		check(t, err)
	}
	list := e.unsent(t)
	if len(list) != 1 || e.jobs.fanOut == 0 || list[0].Kind != webhook.CallOpened {
		t.Fatalf("%+v", list) // Bunkyo's was open, and employees are not told of
	}
	got, call := data(t, list[0].Body), callIn(t, list)
	if got["account"].(map[string]any)["name"] != "青山商事" || call["rule"] != "health-red" || call["due"] != "2024-07-03" ||
		call["owner"].(map[string]any)["id"] != "E-1" || call["status"] != "new" {
		t.Fatal(got)
	}
	if because := call["because"].([]any); len(because) != 1 || because[0] != `score("health") = 41.5` {
		t.Fatal(because)
	}
	ended := []action.RecoverRequest{{Rule: 3, Subject: aoyama.ID, Episode: 1, AsOf: open(aoyama, 1).AsOf}}
	for range 2 {
		check(t, e.actions.Recover(e.ctx, ended))
	}
	calls, _, err := e.actions.List(e.ctx, e.ops, action.Filter{Subject: aoyama.ID}, minori.Page{})
	check(t, err)
	_, err = e.actions.Close(e.ctx, e.ops, calls[0].ID, 0, action.Success, "done")
	check(t, err)
	list = e.unsent(t)
	if len(list) != 3 || list[1].Kind != webhook.CallRecovered || list[2].Kind != webhook.CallClosed {
		t.Fatalf("%+v", list)
	}
	if call := callIn(t, list); call["result"] != "success" || call["by"] != e.ops.Name || call["status"] != "closed" {
		t.Fatal(call)
	}
	check(t, e.hooks.CallsChanged(e.ctx, []action.Event{{Call: calls[0].ID, Kind: action.EventOpened, At: e.now.UnixMicro()}}))
	if again := e.unsent(t); len(again) != 3 || again[0].UID != list[0].UID {
		t.Fatalf("the same cause again: %+v", again)
	}
	if ids := e.fanOut(t); len(ids) != 3 {
		t.Fatal(ids)
	}
	if again := e.fanOut(t); len(again) != 0 || len(e.unsent(t)) != 0 {
		t.Fatal("fanned out twice", again)
	}
}

// testBands has scores change.
func testBands(t *testing.T, e *env) {
	aoyama, bunkyo, _ := e.fill(t)
	day := minori.DayOf(e.now)
	score := func(d minori.Day, list ...webhook.Score) {
		t.Helper()
		check(t, e.hooks.Scored(e.ctx, webhook.Scores{Scorecard: "health", AsOf: minori.EndOf(d, time.UTC), List: list}))
	}
	of := func(s minori.Subject, value float64, band string) webhook.Score {
		return webhook.Score{Account: s.ID, Value: value, Band: band}
	}
	score(day-3, of(aoyama, 80, "green"))
	x := e.endpoint(t, "/ok", webhook.BandChanged)
	score(day-2, of(aoyama, 40, "red"), of(bunkyo, 60, "yellow")) // nobody looked before: no news
	if list := e.unsent(t); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	for range 2 {
		score(day-1, of(aoyama, 55.5, "yellow"), of(bunkyo, 61, "yellow"))
	}
	list := e.unsent(t)
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	got := data(t, list[0].Body)
	if got["from"] != "red" || got["to"] != "yellow" || got["score"] != 55.5 || got["scorecard"] != "health" || got["account"].(map[string]any)["id"] != "A-1" {
		t.Fatal(got)
	}
	score(day-2, of(aoyama, 90, "green"))
	if list = e.unsent(t); len(list) != 1 {
		t.Fatalf("a day that is older than what was told: %+v", list)
	}
	score(day-1, of(aoyama, 90, "green")) // the same day, with other data
	score(day, of(aoyama, 90, "green"))
	score(day, of(bunkyo, 90, "green"))
	if list = e.unsent(t); len(list) != 3 {
		t.Fatalf("%+v", list)
	}
	check(t, e.hooks.Remove(e.ctx, e.ops, x.ID))
	score(day, of(aoyama, 10, "red"))
	e.endpoint(t, "/ok", webhook.BandChanged)
	score(day+1, of(aoyama, 60, "yellow"))
	if list = e.unsent(t); len(list) != 3 {
		t.Fatalf("what changed while nobody listened is no news: %+v", list)
	}
	e.now = e.now.AddDate(0, 0, 60)
	score(day+2, of(aoyama, 10, "red")) // long past by now
	if list = e.unsent(t); len(list) != 3 {
		t.Fatalf("%+v", list)
	}
}
