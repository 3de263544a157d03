package app

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/sample"
	"github.com/minori-hq/minori/web/site"
)

// portfolio is a small company whose CSMs and managers change hands.
type portfolio struct {
	*App
	t       *testing.T
	ctx     context.Context
	site    site.Services
	day     minori.Day
	at      minori.AsOf
	ids     map[string]minori.ID // accounts
	people  map[string]minori.ID
	csm     map[minori.ID]minori.ID // of accounts; none: nobody
	manager map[minori.ID]minori.ID
	imports int64
}

func newPortfolio(t *testing.T) *portfolio {
	ctx := context.Background()
	end := minori.Date(2025, time.June, 30)
	company := sample.New(sample.Config{Seed: 5, Accounts: 60, Days: 150, Lang: minori.EN, End: end})
	cfg := Config{Data: filepath.Join(t.TempDir(), "data"), Clock: func() time.Time { return (end + 1).UTC().Add(12 * time.Hour) }}
	p := &portfolio{t: t, ctx: ctx, day: end}
	p.must(Init(ctx, cfg, company.Settings()))
	a, err := New(ctx, cfg)
	p.must(err)
	t.Cleanup(func() { p.must(a.Close()) })
	p.App, p.site = a, a.webServices()
	p.must(a.FillSample(ctx, company, nil))
	_, err = a.Evaluate.EvaluateRange(ctx, minori.System(), evaluate.Range{From: end - 28, To: end, Every: minori.Window{N: 7, Unit: minori.Days}}, nil)
	p.must(err)
	p.at = minori.EndOf(end, a.Location())
	p.ids, err = a.Accounts.IDs(ctx, minori.System(), account.KindAccount)
	p.must(err)
	return p
}

func (p *portfolio) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// deal gives accounts and managers to people at random. The lists stay as the
// last evaluation made them.
func (p *portfolio) deal(r *rand.Rand) {
	p.csm, p.manager = map[minori.ID]minori.ID{}, map[minori.ID]minori.ID{}
	p.imports++
	run := account.Run{Source: 900, Import: 9000 + p.imports, Time: p.Now().UnixMicro() + p.imports}
	row := func(i int) metric.Row {
		k := metric.Hash{Hi: uint64(p.imports), Lo: uint64(i + 1)}
		return metric.Row{Line: i + 1, Key: k, Hash: k}
	}
	load := func(field string, rows []account.FactRow) {
		run.Mapped = []string{field}
		rep, err := p.Accounts.Import(p.ctx, minori.System(), run, rows)
		p.must(err)
		if len(rep.Rejects) > 0 {
			p.t.Fatal(rep.Rejects)
		}
	}
	const staff = 7
	name := func(i int) string { return fmt.Sprintf("w-%d", i) }
	var rows []account.FactRow
	boss := map[int]int{}
	for i := range staff {
		one := account.Person{Key: name(i), Email: name(i) + "@example.com"}
		if b := r.IntN(staff + 1); b < staff {
			boss[i], one.Manager = b, name(b)
		}
		rows = append(rows, account.FactRow{Row: row(i), Person: &one})
	}
	load("manager", rows)
	people, err := p.Accounts.IDs(p.ctx, minori.System(), account.KindPerson)
	p.must(err)
	p.people = people
	for i, b := range boss {
		p.manager[people[name(i)]] = people[name(b)]
	}
	rows = nil
	for i, key := range slices.Sorted(maps.Keys(p.ids)) {
		one := account.Account{Key: key}
		if k := r.IntN(staff + 1); k < staff {
			one.CSM = name(k)
			p.csm[p.ids[key]] = people[name(k)]
		}
		rows = append(rows, account.FactRow{Row: row(100 + i), Account: &one})
	}
	load("csm", rows)
	p.must(p.Drain(p.ctx))
}

// sees is the definition: the CSM is the actor's employee, or reports to it.
func (p *portfolio) sees(a minori.Actor, acc minori.ID) bool {
	who := p.csm[acc]
	if who == 0 {
		return false
	}
	for range len(p.people) + 1 {
		if who == a.Person {
			return true
		}
		if who = p.manager[who]; a.Access == minori.AccessOwn || who == 0 {
			return false
		}
	}
	return false
}

// TestFiguresOfTheVisible gives accounts to people at random, and holds every
// list, count and sum that somebody with restricted access is given against
// the one computed from their accounts alone.
func TestFiguresOfTheVisible(t *testing.T) {
	p := newPortfolio(t)
	r := rand.New(rand.NewPCG(1, 9))
	some := 0
	for range 4 {
		p.deal(r)
		for i, access := range []minori.Access{minori.AccessOwn, minori.AccessTeam} {
			person := p.people[fmt.Sprintf("w-%d", r.IntN(7))]
			a := minori.Actor{Name: "w@example.com", Role: []minori.Role{minori.RoleCSM, minori.RoleOperations}[i], Person: person, Access: access}
			seen := map[minori.ID]bool{}
			for _, id := range p.ids {
				if p.sees(a, id) {
					seen[id] = true
				}
			}
			some += len(seen)
			p.lists(a, seen)
			p.scores(a, seen)
			p.money(a, seen)
			p.conditions(a, seen)
			p.work(a, seen)
		}
	}
	if some < 30 {
		t.Errorf("only %d accounts were seen in all", some)
	}
	nobody := minori.Actor{Name: "n@example.com", Role: minori.RoleObserver, Access: minori.AccessOwn}
	p.lists(nobody, nil)
	p.scores(nobody, nil)
	p.money(nobody, nil)
	p.conditions(nobody, nil)
	p.work(nobody, nil)
}

func (p *portfolio) same(what string, got, want any) {
	p.t.Helper()
	if !reflect.DeepEqual(got, want) {
		p.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// all reads a whole list as the administrator.
func (p *portfolio) all(q site.ListQuery) site.ListPage {
	p.t.Helper()
	q.Page = minori.Page{Limit: minori.MaxPage}
	page, err := p.site.Lake.List(p.ctx, minori.System(), q)
	p.must(err)
	return page
}

func (p *portfolio) lists(a minori.Actor, seen map[minori.ID]bool) {
	p.t.Helper()
	red := site.Filter{Column: "band:health", Op: site.OpNe, Values: []metric.Value{{Type: metric.Text, Text: "green"}}}
	for name, q := range map[string]site.ListQuery{
		"all":      {},
		"filtered": {Filters: []site.Filter{red}},
		"any":      {Any: []site.Filter{red, {Column: "field:account.tier", Op: site.OpKnown}}},
		"searched": {Search: "A0000"},
		"some":     {IDs: slices.Collect(maps.Values(p.ids))[:20]},
	} {
		q.Kind, q.Columns, q.Sums, q.Sort = minori.Account, []string{"field:account.arr"}, []string{"field:account.arr"}, "field:account.arr"
		var want []minori.ID
		sum := 0.0
		for _, row := range p.all(q).Rows {
			if seen[row.Subject] {
				want = append(want, row.Subject)
				sum += row.Cells[0].Num
			}
		}
		q.Page = minori.Page{Limit: minori.MaxPage}
		page, err := p.site.Lake.List(p.ctx, a, q)
		p.must(err)
		var got []minori.ID
		for _, row := range page.Rows {
			got = append(got, row.Subject)
		}
		p.same("rows of "+name, got, want)
		p.same("total of "+name, page.Total, int64(len(want)))
		if math.Abs(page.Sums[0]-sum) > 0.01 {
			p.t.Errorf("sum of %s: %v, want %v", name, page.Sums[0], sum)
		}
		q.CountOnly = true
		count, err := p.site.Lake.List(p.ctx, a, q)
		p.must(err)
		p.same("count of "+name, count.Total, int64(len(want)))
	}
}

func (p *portfolio) scores(a minori.Actor, seen map[minori.ID]bool) {
	p.t.Helper()
	cfg, err := p.Resources.Load(p.ctx)
	p.must(err)
	def, _ := cfg.Scorecard("health")
	whole, err := p.site.Standings.ScoresAt(p.ctx, minori.System(), def.ID, p.at)
	p.must(err)
	want := slices.DeleteFunc(slices.Clone(whole), func(s site.ScoreDay) bool { return !seen[s.Subject] })
	got, err := p.site.Standings.ScoresAt(p.ctx, a, def.ID, p.at)
	p.must(err)
	p.same("scores", ids(got, func(s site.ScoreDay) minori.ID { return s.Subject }), ids(want, func(s site.ScoreDay) minori.ID { return s.Subject }))
	bands := map[string]int64{}
	for _, s := range want {
		bands[s.Band]++
	}
	bins, err := p.site.Lake.ScoreDistribution(p.ctx, a, def.ID, p.day, p.day)
	p.must(err)
	for _, b := range bins {
		bands[b.Band] -= b.Count
	}
	for band, n := range bands {
		if n != 0 {
			p.t.Errorf("the distribution has %d too few in %q", n, band)
		}
	}
	for id := range p.csm {
		_, err := p.site.Lake.ScoreHistory(p.ctx, a, id, def.ID, p.day-30, p.day)
		if (err == nil) != seen[id] {
			p.t.Errorf("the history of %d, seen %v: %v", id, seen[id], err)
		}
	}
	scored, err := p.Evaluate.Scores(p.ctx, a, minori.Account, "health", p.at, nil)
	p.must(err)
	p.same("explained scores", len(scored), len(want))
	steps, err := p.site.Lake.Steps(p.ctx, minori.Account, p.day, 2)
	p.must(err)
	movers, err := p.site.Desk.Movers(p.ctx, minori.System(), def.ID, steps[0], steps[1], nil, 1000)
	p.must(err)
	mine, err := p.site.Desk.Movers(p.ctx, a, def.ID, steps[0], steps[1], nil, 1000)
	p.must(err)
	p.same("movers", ids(mine, func(m site.Mover) minori.ID { return m.Subject }),
		ids(slices.DeleteFunc(movers, func(m site.Mover) bool { return !seen[m.Subject] }), func(m site.Mover) minori.ID { return m.Subject }))
}

func ids[T any](list []T, id func(T) minori.ID) []minori.ID {
	out := []minori.ID{}
	for _, v := range list {
		out = append(out, id(v))
	}
	return out
}

// money holds retention, ARR and dashboards against those of the accounts alone.
func (p *portfolio) money(a minori.Actor, seen map[minori.ID]bool) {
	p.t.Helper()
	from := p.day - 120
	entries, err := p.Revenue.Entries(p.ctx, minori.System(), nil, &p.day)
	p.must(err)
	entries = slices.DeleteFunc(entries, func(e revenue.Entry) bool { return !seen[e.Account] })
	rates, err := p.Revenue.RatesAt(p.ctx, minori.System(), from)
	p.must(err)
	want, err := revenue.Retain(revenue.RetentionRequest{From: from, To: p.day, Currency: p.workspace.Currency, Rates: rates}, revenue.Holdings(entries, from, p.day))
	p.must(err)
	got, err := p.Retention(p.ctx, a, from, p.day, "")
	p.must(err)
	p.same("retention", got, want)
	rows, err := p.AccountReport(p.ctx, a, "", p.at)
	p.must(err)
	p.same("accounts reported", len(rows), len(seen))
	total := 0.0
	for _, row := range rows {
		total += row.ARR
	}
	cuts, err := p.site.Boards.Cut(p.ctx, a, site.BoardQuery{}, "field:account.arr")
	p.must(err)
	sum, n := 0.0, int64(0)
	for _, c := range cuts {
		sum, n = sum+c.Sum, n+c.Subjects
	}
	if math.Abs(sum-total) > 0.01 || n != int64(len(seen)) {
		p.t.Errorf("a tile shows %v of %d accounts, want %v of %d", sum, n, total, len(seen))
	}
	events, err := p.EventReport(p.ctx, minori.System(), p.day-30, p.day, "account")
	p.must(err)
	mine, err := p.EventReport(p.ctx, a, p.day-30, p.day, "account")
	p.must(err)
	p.same("accounts with events", mine.By, append([]EventRow{}, slices.DeleteFunc(events.By, func(e EventRow) bool { return !seen[p.ids[e.Key]] })...))
}

// conditions holds measures, segments and previews against those of the accounts alone.
func (p *portfolio) conditions(a minori.Actor, seen map[minori.ID]bool) {
	p.t.Helper()
	groups, err := p.Evaluate.Groups(p.ctx, minori.System(), minori.Account, "large-accounts", p.at)
	p.must(err)
	maps.DeleteFunc(groups, func(id minori.ID, _ string) bool { return !seen[id] })
	mine, err := p.Evaluate.Groups(p.ctx, a, minori.Account, "large-accounts", p.at)
	p.must(err)
	p.same("who is in the segment", mine, groups)
	_, rows, err := p.Evaluate.Measures(p.ctx, a, minori.Account, []string{"license.use"}, p.at)
	p.must(err)
	p.same("measured", len(rows), len(seen))
	if !a.MayConfigure() {
		return
	}
	days := evaluate.Range{From: p.day - 28, To: p.day, Every: minori.Window{N: 7, Unit: minori.Days}}
	whole, err := p.Preview(p.ctx, minori.System(), "health-red", days, nil)
	p.must(err)
	part, err := p.Preview(p.ctx, a, "health-red", days, nil)
	p.must(err)
	p.same("episodes", part.Episodes, slices.DeleteFunc(whole.Episodes, func(e rule.Episode) bool { return !seen[e.Subject] }))
}

// work holds calls to action and states of rules against those of the accounts alone.
func (p *portfolio) work(a minori.Actor, seen map[minori.ID]bool) {
	p.t.Helper()
	whole, _, err := p.Actions.List(p.ctx, minori.System(), action.Filter{}, minori.Page{Limit: minori.MaxPage})
	p.must(err)
	whole = slices.DeleteFunc(whole, func(c action.Call) bool { return !seen[c.Subject.ID] })
	part, total, err := p.Actions.List(p.ctx, a, action.Filter{}, minori.Page{Limit: minori.MaxPage})
	p.must(err)
	p.same("calls", ids(part, func(c action.Call) minori.ID { return minori.ID(c.ID) }), ids(whole, func(c action.Call) minori.ID { return minori.ID(c.ID) }))
	p.same("calls in all", total, len(whole))
	cfg, err := p.Resources.Load(p.ctx)
	p.must(err)
	one, _ := cfg.Rule("health-red")
	states, err := p.Records.Standings(p.ctx, []int64{one.ID}, nil)
	p.must(err)
	want := map[rule.Phase]int{}
	for id, s := range states[one.ID].States {
		if seen[id] && s.Phase != rule.Inactive {
			want[s.Phase]++
		}
	}
	got, err := p.site.Standings.PhaseCounts(p.ctx, a, []int64{one.ID})
	p.must(err)
	p.same("phases", got[one.ID], want)
}

// secretField is a workspace file with a field that few may read.
const secretField = `kind: Field
name: account.secret
type: text
read: [leader]
write: [leader]
---
kind: Rule
name: knows
subject: account
when: account.secret == "pineapple"
then:
  - call_to_action: {type: risk, reason: secret, priority: high, owner: account.csm, due: 3bd}
---
kind: Segment
name: told
subject: account
when: account.secret == "pineapple" && account.seats >= 0
`

// TestHiddenField looks for the value of a field in all that an actor who may
// not read it is given.
func TestHiddenField(t *testing.T) {
	p := newPortfolio(t)
	p.deal(rand.New(rand.NewPCG(2, 2)))
	_, err := p.Apply(p.ctx, minori.System(), []resource.File{{Name: "secret.yaml", Data: []byte(secretField)}}, false, "", nil)
	p.must(err)
	key := slices.Sorted(maps.Keys(p.ids))[7] // no list begins with it
	id := p.ids[key]
	hash := metric.Hash{Hi: 77, Lo: 77}
	rep, err := p.Accounts.Import(p.ctx, minori.System(), account.Run{Source: 901, Import: 9900, Time: p.Now().UnixMicro(), Mapped: []string{"fields.secret"}},
		[]account.FactRow{{Row: metric.Row{Line: 1, Key: hash, Hash: hash}, Account: &account.Account{Key: key, Fields: map[string]account.Value{"secret": account.Text("pineapple")}}}})
	p.must(err)
	if len(rep.Rejects) > 0 {
		t.Fatal(rep.Rejects)
	}
	_, err = p.Evaluate.Evaluate(p.ctx, minori.System(), minori.At(p.Now(), p.Location()))
	p.must(err)
	for role, reads := range map[minori.Role]bool{minori.RoleAdmin: true, minori.RoleLeader: true, minori.RoleOperations: false, minori.RoleCSM: false, minori.RoleObserver: false} {
		a := minori.Actor{Name: string(role), Role: role}
		for name, tells := range p.tellings(a, id) {
			if tells != reads {
				t.Errorf("%s tells %s of the field: %v", name, role, tells)
			}
		}
	}
}

// tellings says by what an actor learns the value of the secret field.
func (p *portfolio) tellings(a minori.Actor, id minori.ID) map[string]bool {
	p.t.Helper()
	out := map[string]bool{}
	const column = "field:account.secret"
	acc, err := p.Accounts.Account(p.ctx, a, id)
	p.must(err)
	_, out["the account"] = acc.Fields["secret"]
	found, err := p.Accounts.Search(p.ctx, a, acc.Key, minori.Page{})
	p.must(err)
	_, out["the search for accounts"] = found[0].Fields["secret"]
	history, err := p.site.Lake.FieldHistory(p.ctx, a, id)
	p.must(err)
	out["the history"] = slices.ContainsFunc(history, func(v metric.FieldValue) bool { return v.Text != nil && *v.Text == "pineapple" })
	page, err := p.site.Lake.List(p.ctx, a, site.ListQuery{Kind: minori.Account, Columns: []string{column}, IDs: []minori.ID{id}})
	p.must(err)
	out["the list"] = page.Rows[0].Cells[0].Text == "pineapple"
	page, err = p.site.Lake.List(p.ctx, a, site.ListQuery{Kind: minori.Account, Search: "pineapple"})
	p.must(err)
	out["the search of lists"] = page.Total > 0
	known := site.Filter{Column: column, Op: site.OpKnown}
	page, err = p.site.Lake.List(p.ctx, a, site.ListQuery{Kind: minori.Account, Filters: []site.Filter{known}})
	out["a filter"] = err == nil && page.Total == 1
	page, err = p.site.Lake.List(p.ctx, a, site.ListQuery{Kind: minori.Account, Any: []site.Filter{known}})
	out["one of some filters"] = err == nil && page.Total == 1
	page, err = p.site.Lake.List(p.ctx, a, site.ListQuery{Kind: minori.Account, Sort: column, Desc: true})
	p.must(err)
	out["the order"] = page.Rows[0].Subject == id
	_, err = p.site.Boards.Cut(p.ctx, a, site.BoardQuery{By: column}, "field:account.arr")
	out["a dashboard"] = err == nil
	_, err = p.Evaluate.Groups(p.ctx, a, minori.Account, "account.secret", p.at)
	out["retention by it"] = err == nil
	calls, _, err := p.Actions.List(p.ctx, a, action.Filter{Rule: "knows"}, minori.Page{})
	p.must(err)
	out["the evidence in lists"] = len(calls[0].Evidence) > 0
	call, err := p.Actions.Get(p.ctx, a, calls[0].ID)
	p.must(err)
	out["the evidence"] = len(call.Evidence) > 0
	out["the log"] = call.Log[0].Text != ""
	cfg, err := p.Resources.Load(p.ctx)
	p.must(err)
	told, _ := cfg.Segment("told")
	part, err := p.Evaluate.Why(p.ctx, a, told.When, minori.Subject{Kind: minori.Account, ID: id, Key: acc.Key}, minori.At(p.Now(), p.Location()), minori.EN)
	p.must(err)
	out["why"] = len(part.Parts[0].Values) > 0
	if len(part.Parts[1].Values) == 0 {
		p.t.Error("why leaves out what everybody may read")
	}
	_, out["the definitions of a page"] = cfg.For(a.Role).Field("account.secret")
	return out
}
