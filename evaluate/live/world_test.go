package live_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/app"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/store/lake"
)

// workspace has rules of every kind: at once, by the clock, by days, over
// scores, their past and bands, and over what other rules opened.
const workspace = `
kind: Source
name: accounts
format: csv
files: accounts.csv
into: account
key: id
map: {id: id, name: id, seats: seats, tier: tier}
---
kind: Source
name: points
format: csv
files: points.csv
into: point
map: {metric: metric, account: account, time: time, value: value}
---
kind: Metric
name: m.use
type: counter
---
kind: Metric
name: m.heat
type: gauge
fresh_within: 3d
---
kind: Measure
name: use
subject: account
value: sum("m.use", "3d")
---
kind: Measure
name: trend
subject: account
value: change("m.use", "2d")
---
kind: Measure
name: heat
subject: account
value: last("m.heat")
---
kind: Scorecard
name: health
subject: account
groups:
  - name: all
    weight: 1
    measures:
      - {measure: use, weight: 1, bands: {points: [[0, 0], [20, 100]]}}
      - {measure: heat, weight: 2, bands: {points: [[0, 100], [40, 0]]}}
caps:
  - {when: 'account.tier == "trial"', at: 60, because: Trial}
---
kind: Segment
name: large
subject: account
when: account.seats > 50
---
kind: Rule
name: hot
subject: account
when: measure("heat") > 10
for: 2h
cooldown: 3h
then:
  - call_to_action: {type: risk, reason: heat, priority: high, due: 1bd, on_recovery: close}
---
kind: Rule
name: idle
subject: account
when: measure("use") < 3
until: measure("use") > 6
cooldown: 1d
then:
  - call_to_action: {type: risk, reason: use, priority: high, due: 1bd, on_recovery: keep}
---
kind: Rule
name: dropped
subject: account
when: score_change("health", "1d") < -10
then:
  - call_to_action: {type: risk, reason: health, priority: high, due: 1bd, on_recovery: close}
---
kind: Rule
name: red
subject: account
when: band("health") == "red" && account.seats > 10
for: 1d
then:
  - call_to_action: {type: lifecycle, reason: health, priority: low, due: 1bd, on_recovery: close}
---
kind: Rule
name: busy
subject: account
when: open_calls("risk") > 1
then:
  - call_to_action: {type: activity, reason: risk, priority: low, due: 1bd, on_recovery: close}
`

var me = minori.Actor{Name: "test", Role: minori.RoleAdmin}

// world is a workspace on real stores with a clock of its own.
type world struct {
	*app.App
	t   testing.TB
	ctx context.Context
	cfg app.Config
	now time.Time
}

// midday of the first day.
func midday() time.Time { return time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC) }

// newWorld makes a workspace.
func newWorld(t testing.TB, text string) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), now: midday()}
	w.cfg = app.Config{Data: filepath.Join(t.TempDir(), "data"), Clock: func() time.Time { return w.now }}
	w.ok(app.Init(w.ctx, w.cfg, minori.Workspace{Currency: "USD", TimeZone: "UTC", Lang: minori.EN, FiscalYearStart: 1, FiscalYearNamed: "start"}))
	w.open()
	_, err := w.Apply(w.ctx, me, []resource.File{{Name: "w.yaml", Data: []byte(text)}}, false, "", nil)
	w.ok(err)
	t.Cleanup(w.end)
	return w
}

// twin opens a copy of a workspace that is closed.
func (w *world) twin(t testing.TB) *world {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "twin")
	w.ok(err)
	out := &world{t: t, ctx: w.ctx, now: midday()}
	out.cfg = app.Config{Data: filepath.Join(dir, "data"), Clock: func() time.Time { return out.now }}
	w.ok(os.CopyFS(out.cfg.Data, os.DirFS(w.cfg.Data)))
	out.open()
	return out
}

// end closes the workspace, once.
func (w *world) end() {
	if w.App != nil {
		w.ok(w.Close())
		w.App = nil
	}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() {
	w.t.Helper()
	a, err := app.New(w.ctx, w.cfg)
	w.ok(err)
	w.App = a
}

func (w *world) restart() {
	w.t.Helper()
	w.ok(w.Close())
	w.open()
}

// load imports rows of a source.
func (w *world) load(source, header string, rows ...string) {
	w.t.Helper()
	dir, err := os.MkdirTemp(w.t.TempDir(), "in")
	w.ok(err)
	w.ok(os.WriteFile(filepath.Join(dir, source+".csv"), []byte(header+"\n"+strings.Join(rows, "\n")+"\n"), 0o600))
	rep, err := w.Import(w.ctx, me, app.ImportRequest{Input: dir, Only: []string{source}})
	w.ok(err)
	if rep.RejectsTotal != 0 {
		w.t.Fatalf("rejects: %+v", rep)
	}
}

func (w *world) accounts(rows ...string) { w.load("accounts", "id,seats,tier", rows...) }

// point writes a point of a metric.
func (w *world) points(rows ...string) { w.load("points", "metric,account,time,value", rows...) }

func point(metric, account string, at time.Time, value int) string {
	return fmt.Sprintf("%s,%s,%s,%d", metric, account, at.Format(time.RFC3339Nano), value)
}

// id gives the key of an account.
func (w *world) id(key string) minori.ID {
	w.t.Helper()
	s, err := w.Accounts.ByKey(w.ctx, me, minori.Account, key)
	w.ok(err)
	return s.ID
}

func (w *world) asOf() minori.AsOf { return minori.At(w.now, time.UTC) }

// list writes down the projection.
func (w *world) list() []string {
	w.t.Helper()
	page, err := w.Lake.List(w.ctx, lake.ListQuery{Kind: minori.Account, Page: minori.Page{Limit: minori.MaxPage}})
	w.ok(err)
	var out []string
	for _, r := range page.Rows {
		line := r.Key
		for i, c := range r.Cells {
			line += fmt.Sprintf(" %s=%v", page.Columns[i], c)
		}
		out = append(out, line)
	}
	return out
}

// calls writes down the calls to action.
func (w *world) calls() []string {
	w.t.Helper()
	list, err := w.ActionReport(w.ctx, me, "all")
	w.ok(err)
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = fmt.Sprintf("%s/%s/%d %s %s", a.Rule, a.Subject, a.Episode, a.Status, a.Opened)
	}
	slices.Sort(out)
	return out
}

// states writes down where rules stand. That a step was made is the same for all.
func (w *world) states() []string {
	w.t.Helper()
	prog, err := w.Resources.Program(w.ctx, minori.Account, 0)
	w.ok(err)
	ids, names := []int64{}, map[int64]string{}
	for i := range prog.Rules {
		ids = append(ids, prog.Rules[i].ID)
		names[prog.Rules[i].ID] = prog.Rules[i].Def.Name
	}
	st, err := w.Records.Standings(w.ctx, ids, nil)
	w.ok(err)
	var out []string
	for id, s := range st {
		for _, x := range s.States {
			if x.Trivial() && x.HoldSince == 0 {
				continue
			}
			x.Step = 0
			out = append(out, fmt.Sprintf("%s %+v", names[id], x))
		}
	}
	slices.Sort(out)
	return out
}

// state gives the state of a rule and account.
func (w *world) state(name, account string) rule.State {
	w.t.Helper()
	prog, err := w.Resources.Program(w.ctx, minori.Account, 0)
	w.ok(err)
	r, err := prog.Rule(name)
	w.ok(err)
	id := w.id(account)
	st, err := w.Records.Standings(w.ctx, []int64{r.ID}, []minori.ID{id})
	w.ok(err)
	return st[r.ID].States[id]
}

// latest writes down the last written score of each account.
func (w *world) latest(keys []string) []string {
	w.t.Helper()
	prog, err := w.Resources.Program(w.ctx, minori.Account, 0)
	w.ok(err)
	var out []string
	for _, key := range keys {
		rows, err := w.Lake.ScoreHistory(w.ctx, w.id(key), prog.Scorecards[0].ID, minori.DayOf(midday())-10, minori.DayOf(w.now))
		w.ok(err)
		if len(rows) > 0 {
			out = append(out, key+" "+scoreText(rows[len(rows)-1].Score, rows[len(rows)-1].Band))
		}
	}
	return out
}

func scoreText(score *float64, band string) string {
	if score == nil {
		return "unknown"
	}
	return fmt.Sprint(*score, band)
}

// day writes down what is stored of a day that is over.
func (w *world) day(d minori.Day) []string {
	w.t.Helper()
	prog, err := w.Resources.Program(w.ctx, minori.Account, 0)
	w.ok(err)
	at := minori.EndOf(d, time.UTC)
	rows, err := w.Lake.Scores(w.ctx, at, prog.Scorecards[0].ID, nil)
	w.ok(err)
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d %s %v %v %d", r.Subject, scoreText(r.Score, r.Band), r.CapPart, r.Coverage, r.Cap))
	}
	values, err := w.Lake.Values(w.ctx, at, nil, nil)
	w.ok(err)
	for _, v := range values {
		out = append(out, fmt.Sprintf("%+v", v))
	}
	return out
}
