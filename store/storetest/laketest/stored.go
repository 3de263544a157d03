package laketest

import (
	"slices"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// saveCycle: values and scores are replaced under (as-of, subject).
func saveCycle(t *testing.T, b *bench) {
	facts(b)
	first := b.saveOne(today, nil, 10)
	b.saveOne(today-1, nil, 20)
	second := b.saveOne(today, []minori.ID{1}, 30)
	v, err := b.l.Values(b.ctx, asOf(today), []int64{11, 12}, nil)
	b.ok(err)
	want := []evaluate.ValueRow{{Subject: 1, Measure: 11, Value: num(36)}, {Subject: 1, Measure: 12, Value: truth(true)},
		{Subject: 2, Measure: 11, Value: no(metric.NoValue)}, {Subject: 2, Measure: 12, Value: truth(false)}}
	if len(v) != len(want) {
		t.Fatalf("values: %+v", v)
	}
	for i := range v {
		if v[i].Subject != want[i].Subject || v[i].Measure != want[i].Measure || v[i].Value.Type != want[i].Value.Type || !same(v[i].Value, want[i].Value) {
			t.Errorf("value %d: %+v, want %+v", i, v[i], want[i])
		}
	}
	s, err := b.l.Scores(b.ctx, asOf(today), 3, []minori.ID{1})
	b.ok(err)
	if len(s) != 1 || *s[0].Score != 30 || s[0].Override != nil || s[0].Band != "red" {
		t.Errorf("scores: %+v", s)
	}
	c, ok, err := b.l.CycleAt(b.ctx, minori.Account, asOf(today))
	b.ok(err)
	if !ok || c.ID != first || c.Config != 7 || c.AsOf != asOf(today) || len(c.Values) != 2 || c.ComputedAt != 5 {
		t.Errorf("cycle: %v %+v", ok, c)
	}
	if _, ok, err := b.l.CycleAt(b.ctx, minori.Person, asOf(today)); ok || err != nil {
		t.Errorf("a cycle of persons: %v %v", ok, err)
	}
	cs, err := b.l.Cycles(b.ctx)
	b.ok(err)
	if len(cs) != 3 || cs[0].ID != first || cs[2].ID != second {
		t.Errorf("cycles: %+v", cs)
	}
	b.ok(b.l.CycleDone(b.ctx, first))
	if cs, _ = b.l.Cycles(b.ctx); len(cs) != 2 {
		t.Errorf("%d cycles left, want 2", len(cs))
	}
	if err := b.l.CycleDone(b.ctx, 99); minori.CodeOf(err) != minori.NotFound {
		t.Errorf("an unknown cycle: %v", err)
	}
	savedScores(t, b)
}

// savedScores reads the scores of saveCycle over time.
func savedScores(t *testing.T, b *bench) {
	h, err := b.l.ScoreHistory(b.ctx, 1, 3, today-9, today)
	b.ok(err)
	if len(h) != 2 || *h[0].Score != 20 || *h[1].Score != 30 || h[1].Day != today {
		t.Errorf("history: %+v", h)
	}
	d, err := b.l.ScoreDistribution(b.ctx, 3, today-9, today, nil)
	b.ok(err)
	if len(d) != 2 || d[0].Decile != 2 || d[1].Decile != 3 || d[1].Count != 1 || d[1].Band != "red" {
		t.Errorf("distribution: %+v", d)
	}
	for _, of := range [][]minori.ID{{}, {2, 5}} {
		if d, err = b.l.ScoreDistribution(b.ctx, 3, today-9, today, of); err != nil || len(d) != 0 {
			t.Errorf("distribution of %v: %+v, %v", of, d, err)
		}
	}
	if d, err = b.l.ScoreDistribution(b.ctx, 3, today-9, today, []minori.ID{1, 2}); err != nil || len(d) != 2 {
		t.Errorf("distribution of some: %+v, %v", d, err)
	}
}

// saveOne computes two measures and saves them as a cycle with a score of
// account 1.
func (b *bench) saveOne(d minori.Day, subjects []minori.ID, score float64) int64 {
	q := newTree()
	q.q.AsOf, q.q.Subjects = asOf(d), subjects
	six := q.leaf(field(1, metric.Number))
	q.out("m1", q.num(metric.OpAdd, six, q.constant(num(score))))
	q.out("m2", q.bool(metric.OpKnown, six))
	r, err := b.l.Compute(b.ctx, q.q)
	b.ok(err)
	defer r.Close()
	id, err := b.l.SaveCycle(b.ctx, evaluate.Cycle{Kind: minori.Account, AsOf: asOf(d), Config: 7, HandOver: true, Result: r, ComputedAt: 5,
		Values: []evaluate.StoredValue{{Column: "m1", Measure: 11}, {Column: "m2", Measure: 12}},
		Scores: []evaluate.ScoreRow{{Subject: 1, Scorecard: 3, Version: 1, Score: ptr(score), Computed: ptr(score), Coverage: 1, Band: "red"}}})
	b.ok(err)
	return id
}

// kept keeps lists to some subjects and columns.
func (b *bench) kept() {
	b.keys(b.list(lake.ListQuery{IDs: []minori.ID{}}))
	b.keys(b.list(lake.ListQuery{IDs: []minori.ID{3, 1, 99}}), "a1", "c3")
	many := make([]minori.ID, 50000)
	for i := range many {
		many[i] = minori.ID(i + 2)
	}
	b.keys(b.list(lake.ListQuery{IDs: many}), "a2", "c3")
	b.keys(b.list(lake.ListQuery{Without: []string{"t"}, Search: "ÄRGER"}))
	b.keys(b.list(lake.ListQuery{Without: []string{"t"}, Search: "a1"}), "a1")
	b.keys(b.list(lake.ListQuery{Without: []string{"n"}, Search: "ÄRGER"}), "a1")
	if _, err := b.l.List(b.ctx, lake.ListQuery{Kind: minori.Account, Without: []string{"n"}, Sort: "n"}); minori.CodeOf(err) != minori.Invalid {
		b.Errorf("sorted by a column that is left out: %v", err)
	}
	p, err := b.l.List(b.ctx, lake.ListQuery{Kind: minori.Account, Without: []string{"n"}})
	b.ok(err)
	if slices.Contains(p.Columns, "n") || !slices.Contains(p.Columns, "t") {
		b.Errorf("columns without n: %v", p.Columns)
	}
}

// lists: filter, search, sort, totals, and replacing of some subjects.
func lists(t *testing.T, b *bench) {
	facts(b)
	b.apply(metric.Delta{Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: 3, Key: "c3"}},
		Fields: []metric.FieldValue{{Subject: 2, Field: 1, ValidFrom: metric.Always, Num: ptr(2.0)}, {Subject: 2, Field: 3, ValidFrom: metric.Always, Text: ptr("東京")}}})
	b.keys(b.list(lake.ListQuery{}))
	b.saveList(nil, false)
	p := b.list(lake.ListQuery{Sums: []string{"n"}})
	b.keys(p, "a1", "a2", "c3")
	if p.Total != 3 || p.Sums[0] != 8 || p.AsOf != asOf(today).Micros() || !same(p.Rows[1].Cells[0], text("東京")) || !same(p.Rows[2].Cells[1], no(metric.NoValue)) {
		t.Errorf("page: %+v", p)
	}
	b.keys(b.list(lake.ListQuery{Sort: "n"}), "a2", "a1", "c3")
	b.keys(b.list(lake.ListQuery{Sort: "n", Desc: true}), "a1", "a2", "c3")
	b.keys(b.list(lake.ListQuery{Sort: "n", Desc: true, Page: minori.Page{Limit: 1, Offset: 1}}), "a2")
	b.keys(b.list(lake.ListQuery{Search: "京"}), "a2")
	b.keys(b.list(lake.ListQuery{Search: "ÄRGER"}), "a1")
	f := func(c string, op lake.Op, vs ...metric.Value) lake.ListQuery {
		return lake.ListQuery{Filters: []lake.Filter{{Column: c, Op: op, Values: vs}}}
	}
	b.keys(b.list(f("n", lake.OpLt, num(6))), "a2")
	b.keys(b.list(f("n", lake.OpGe, num(2))), "a1", "a2")
	b.keys(b.list(f("n", lake.OpNe, num(2))), "a1")
	b.keys(b.list(f("n", lake.OpEq, num(2), num(6))), "a1", "a2")
	b.keys(b.list(f("n", lake.OpUnknown)), "c3")
	b.keys(b.list(f("t", lake.OpHas, text("ärg"))), "a1")
	b.keys(b.list(lake.ListQuery{Any: []lake.Filter{f("n", lake.OpUnknown).Filters[0], f("n", lake.OpLt, num(6)).Filters[0]}}), "a2", "c3")
	b.keys(b.list(lake.ListQuery{Filters: f("n", lake.OpKnown).Filters, Any: f("n", lake.OpGe, num(6)).Filters}), "a1")
	b.kept()
	b.grouped()
	b.patched()
	if _, err := b.l.List(b.ctx, lake.ListQuery{Kind: minori.Account, Sort: "m"}); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("an unknown column: %v", err)
	}
	b.apply(metric.Delta{Fields: []metric.FieldValue{{Subject: 3, Field: 1, ValidFrom: metric.Always, Num: ptr(1.0)}}})
	b.saveList([]minori.ID{3}, false)
	b.keys(b.list(lake.ListQuery{Sort: "n"}), "c3", "a2", "a1")
	b.saveList([]minori.ID{2}, true)
	p = b.list(lake.ListQuery{Columns: []string{"k"}})
	b.keys(p, "a1", "a2", "c3")
	if !same(p.Rows[0].Cells[0], no(metric.NoValue)) || !same(p.Rows[1].Cells[0], truth(true)) || p.Types[0] != metric.Bool {
		t.Errorf("new column: %+v", p)
	}
	b.saveList(nil, false)
	if p = b.list(lake.ListQuery{}); len(p.Columns) != 2 || p.Total != 3 {
		t.Errorf("after a full save: %+v", p)
	}
}

// grouped: rows are counted and summed by a text, within some subjects.
func (b *bench) grouped() {
	all, err := b.l.ListGroups(b.ctx, lake.ListQuery{Kind: minori.Account}, "t", "n")
	b.ok(err)
	count, sum := 0, 0.0
	for _, g := range all {
		count, sum = count+g.Count, sum+g.Sum
		if g.Text == "東京" && (g.Count != 1 || g.Sum != 2) {
			b.Errorf("%+v", g)
		}
	}
	if len(all) != 3 || all[0].Text != "" || count != 3 || sum != 8 {
		b.Errorf("groups: %+v", all)
	}
	some, err := b.l.ListGroups(b.ctx, lake.ListQuery{Kind: minori.Account, IDs: []minori.ID{2}}, "t", "n")
	b.ok(err)
	if len(some) != 1 || some[0].Text != "東京" {
		b.Errorf("groups of one: %+v", some)
	}
	if _, err := b.l.ListGroups(b.ctx, lake.ListQuery{Kind: minori.Account}, "n", "n"); minori.CodeOf(err) != minori.Invalid {
		b.Errorf("counting by a number: %v", err)
	}
}

// patched: values put in before an evaluation are shown and found, and rows
// are read one after the other in the order of the list.
func (b *bench) patched() {
	b.ok(b.l.PatchList(b.ctx, minori.Account, "t", map[minori.ID]metric.Value{2: text("株式会社ｻｰﾊﾞｰ 大阪"), 3: text("Tanaka"), 99: text("x")}))
	b.keys(b.list(lake.ListQuery{Search: "サーバ　大阪㈱"}), "a2")
	b.keys(b.list(lake.ListQuery{Search: "tana"}), "c3")
	b.keys(b.list(lake.ListQuery{Search: "東京"}))
	b.keys(b.list(lake.ListQuery{Filters: []lake.Filter{{Column: "t", Op: lake.OpHas, Values: []metric.Value{text("さーばー")}}}}), "a2")
	b.ok(b.l.PatchList(b.ctx, minori.Account, "t", map[minori.ID]metric.Value{2: text("東京"), 3: {Type: metric.Text, Reason: metric.NoValue}}))
	b.ok(b.l.PatchList(b.ctx, minori.Account, "no such column", map[minori.ID]metric.Value{2: num(1)}))
	b.keys(b.list(lake.ListQuery{Search: "東京"}), "a2")
	if p := b.list(lake.ListQuery{Search: "tana"}); len(p.Rows) != 0 || p.Total != 0 {
		b.Errorf("a text taken away is found: %+v", p)
	}
	if p := b.list(lake.ListQuery{CountOnly: true, Sums: []string{"n"}}); p.Total != 3 || p.Sums[0] != 8 || len(p.Rows) != 0 {
		b.Errorf("counting only: %+v", p)
	}
	for most, want := range map[int]string{0: "", 2: "c3 a2 ", 9: "c3 a2 a1 "} {
		got := ""
		b.ok(b.l.EachRow(b.ctx, lake.ListQuery{Kind: minori.Account, Desc: true, Columns: []string{"n"}}, most, func(r lake.ListRow) error {
			got += r.Key + " "
			return nil
		}))
		if got != want {
			b.Errorf("%d rows: %q, want %q", most, got, want)
		}
	}
}

// saveList saves the columns t and n, and k if extra.
func (b *bench) saveList(subjects []minori.ID, extra bool) {
	q := newTree()
	q.q.Subjects = subjects
	q.out("n", q.leaf(field(1, metric.Number)))
	q.out("t", q.leaf(field(3, metric.Text)))
	cols := []string{"t", "n"}
	if extra {
		q.out("k", q.bool(metric.OpKnown, 0))
		cols = append(cols, "k")
	}
	r, err := b.l.Compute(b.ctx, q.q)
	b.ok(err)
	defer r.Close()
	b.ok(b.l.SaveList(b.ctx, minori.Account, asOf(today), r, cols))
}

// list reads a page of accounts.
func (b *bench) list(q lake.ListQuery) lake.ListPage {
	b.Helper()
	q.Kind = minori.Account
	p, err := b.l.List(b.ctx, q)
	b.ok(err)
	return p
}

// keys compares the keys of a page.
func (b *bench) keys(p lake.ListPage, want ...string) {
	b.Helper()
	if len(p.Rows) != len(want) {
		b.Errorf("%d rows, want %v", len(p.Rows), want)
		return
	}
	for i := range want {
		if p.Rows[i].Key != want[i] {
			b.Errorf("row %d is %s, want %s", i, p.Rows[i].Key, want[i])
		}
	}
}

func members(t *testing.T, b *bench) {
	b.ok(b.l.SaveMembers(b.ctx, 1, asOf(today), []minori.ID{5, 3}))
	b.ok(b.l.SaveMembers(b.ctx, 2, asOf(today), nil))
	b.ok(b.l.SaveMembers(b.ctx, 1, asOf(today), []minori.ID{5, 4}))
	m, ok, err := b.l.Members(b.ctx, 1, asOf(today))
	b.ok(err)
	if !ok || len(m) != 2 || m[0] != 4 || m[1] != 5 {
		t.Errorf("members: %v %v", m, ok)
	}
	if m, ok, err = b.l.Members(b.ctx, 2, asOf(today)); !ok || len(m) != 0 || err != nil {
		t.Errorf("an empty segment: %v %v %v", m, ok, err)
	}
	if _, ok, err = b.l.Members(b.ctx, 1, asOf(today-1)); ok || err != nil {
		t.Errorf("another day: %v %v", ok, err)
	}
}

// beta is the condition properties.beta == false && properties.n > 2.
func beta() *lake.Dag {
	d := &lake.Dag{Leaves: []metric.Leaf{
		{Kind: metric.LeafProperty, Type: metric.Bool, Column: "beta"}, {Kind: metric.LeafProperty, Type: metric.Number, Column: "n/1"}}}
	d.Nodes = []metric.Node{
		{Op: metric.OpLeaf, Type: metric.Bool, Leaf: 0}, {Op: metric.OpNot, Type: metric.Bool, Args: []int{0}},
		{Op: metric.OpLeaf, Type: metric.Number, Leaf: 1}, {Op: metric.OpConst, Type: metric.Number, Const: num(2)},
		{Op: metric.OpLt, Type: metric.Bool, Args: []int{3, 2}}, {Op: metric.OpAnd, Type: metric.Bool, Args: []int{1, 4}}}
	d.Root = 5
	return d
}

func conditions(t *testing.T, b *bench) {
	ds := defs()
	ds[login].Where = beta()
	b.ok(b.l.DefineMetrics(b.ctx, ds))
	b.apply(metric.Delta{Subjects: []metric.SubjectRow{{Kind: minori.Account, ID: 1, Key: "a"}}})
	b.events(b.event(1, "login", "a", today, `{"beta":false,"n/1":3}`), b.event(1, "login", "b", today, `{"beta":"false","n/1":"5"}`),
		b.event(1, "login", "c", today, `{"beta":true,"n/1":3}`), b.event(1, "login", "d", today, `{"beta":false,"n/1":1}`),
		b.event(1, "login", "e", today, `{"beta":false}`), b.event(1, "login", "f", today, `{"beta":0,"n/1":"many"}`), b.event(1, "login", "g", today, ""))
	b.want(b.compute(ask(today, leaf(login, metric.Sum, today, 1), leaf(login, metric.Actors, today, 1))), 1, num(2), num(2))
}

// redefine: a changed event metric is building until it is rebuilt; events
// that come meanwhile are counted once.
func redefine(t *testing.T, b *bench) {
	b.start(2)
	e := b.event(1, "login", "a", today, `{"beta":false,"n/1":3}`)
	b.events(e, b.event(1, "login", "b", today-40, `{"beta":true,"n/1":3}`))
	building := func(want bool) {
		t.Helper()
		m, err := b.l.Building(b.ctx)
		b.ok(err)
		if m[refs[login].ID] != want || m[refs[minutes].ID] {
			t.Errorf("building: %v, want login %v", m, want)
		}
	}
	building(false)
	ds := defs()
	ds[login].Where = beta()
	b.ok(b.l.DefineMetrics(b.ctx, ds))
	building(true)
	b.events(b.event(1, "login", "c", today, `{"beta":false,"n/1":3}`))
	b.imp = 2
	e.Hash.Lo, e.Subject = 999, 2
	b.events(e)
	calls := 0
	b.ok(b.l.Rebuild(b.ctx, refs[login].ID, func(done, total int) {
		calls++
		if calls == 1 {
			b.events(b.event(1, "login", "d", today-1, `{"beta":false,"n/1":3}`), b.event(1, "login", "e", today, `{"beta":false,"n/1":3}`))
		}
		if calls == 2 { // a change of what was counted makes it begin again
			b.imp = 3
			e.Hash.Lo, e.Day, e.Time = 998, today-1, at(today-1, 1)
			b.events(e)
		}
	}))
	if calls < 4 {
		t.Errorf("%d steps heard of, want the pass repeated", calls)
	}
	building(false)
	got := b.compute(ask(today, leaf(login, metric.Sum, today, 9), leaf(login, metric.Actors, today, 9), leaf(login, metric.Sum, today, 1)))
	b.want(got, 1, num(3), num(3), num(2))
	b.want(got, 2, num(1), num(1), num(0))
	b.ok(b.l.DefineMetrics(b.ctx, ds)) // the same again
	building(false)
	if err := b.l.Rebuild(b.ctx, 99, nil); minori.CodeOf(err) != minori.NotFound {
		t.Errorf("an unknown metric: %v", err)
	}
}

// compaction changes no answer.
func compaction(t *testing.T, b *bench) {
	b.start(5)
	for i := range 30 {
		s := minori.ID(1 + i%5)
		d := today - minori.Day(i*7%20)
		b.points(b.point(s, calls, d, float64(i)), b.point(s, seats, d, float64(i)), b.point(s, calls, d, 1, "in"))
		b.events(b.event(s, "login", string(rune('a'+i%3)), d, ""))
	}
	var leaves []metric.Leaf
	for _, fn := range []metric.Fn{metric.Sum, metric.Count, metric.Avg, metric.Min, metric.Max, metric.Last, metric.ActiveDays, metric.Slope, metric.DaysSince} {
		leaves = append(leaves, leaf(calls, fn, today, 14), leaf(calls, fn, today-3, 5, "kind", "in"))
		if fn != metric.Sum {
			leaves = append(leaves, leaf(seats, fn, today, 14))
		}
	}
	leaves = append(leaves, leaf(login, metric.Actors, today, 14), leaf(login, metric.Actors, today, 3))
	before := b.compute(ask(today, leaves...))
	s, err := b.l.Stats(b.ctx)
	b.ok(err)
	if s.Loose == 0 {
		t.Error("no loose rows before")
	}
	b.ok(b.l.Compact(b.ctx))
	b.ok(b.l.Checkpoint(b.ctx))
	s, err = b.l.Stats(b.ctx)
	b.ok(err)
	if s.Loose != 0 || s.Schema < 1 {
		t.Errorf("after: %+v", s)
	}
	after := b.compute(ask(today, leaves...))
	for id, row := range before {
		b.want(after, id, row...)
	}
	b.points(b.point(1, calls, today, 1000))
	if got := b.compute(ask(today, leaf(calls, metric.Max, today, 1))); got[1][0].Num != 1000 {
		t.Errorf("after a write: %+v", got[1])
	}
	b.ok(b.l.Compact(b.ctx))
	b.ok(b.l.Compact(b.ctx))
}

func reads(t *testing.T, b *bench) {
	b.start(2)
	b.points(b.point(1, calls, today-1, 2), b.point(1, calls, today-1, 3, "in"), b.point(1, calls, today-5, 1))
	p, err := b.l.Series(b.ctx, 1, refs[calls], nil, today-4, today)
	b.ok(err)
	if len(p) != 1 || p[0].Day != today-1 || p[0].Sum != 5 || p[0].Count != 2 || p[0].Max != 3 {
		t.Errorf("series: %+v", p)
	}
	p, err = b.l.Series(b.ctx, 1, refs[calls], map[string]string{"kind": "in"}, today-9, today)
	b.ok(err)
	if len(p) != 1 || p[0].Sum != 3 {
		t.Errorf("filtered series: %+v", p)
	}
	b.events(b.event(1, "login", "u", today, `{"a":1}`), b.event(1, "export", "", today-1, ""), b.event(2, "login", "v", today-1, ""))
	e, err := b.l.Events(b.ctx, today-1, today, "name", 0, nil)
	b.ok(err)
	if e.Events != 3 || e.First != at(today-1, 7200) || e.Last != at(today, 7200) || len(e.By) != 2 || e.By[0].Name != "login" || e.By[0].Events != 2 {
		t.Errorf("events: %+v", e)
	}
	e, err = b.l.Events(b.ctx, today, today, "account", 0, nil)
	b.ok(err)
	if e.Events != 1 || len(e.By) != 1 || e.By[0].Key != "a1" || e.By[0].Account != 1 {
		t.Errorf("events by account: %+v", e)
	}
	if _, err = b.l.Events(b.ctx, today, today, "colour", 0, nil); minori.CodeOf(err) != minori.Invalid {
		t.Errorf("by colour: %v", err)
	}
	if e, err = b.l.Events(b.ctx, today-90, today-80, "name", 0, nil); err != nil || e.Events != 0 || e.First != 0 {
		t.Errorf("no events: %+v %v", e, err)
	}
	r, err := b.l.RecentEvents(b.ctx, 1, minori.Page{Limit: 10})
	b.ok(err)
	if len(r) != 2 || r[0].Name != "login" || r[0].Actor != "u" || r[0].Properties != `{"a":1}` || r[1].Name != "export" || r[1].Value != nil {
		t.Errorf("recent: %+v", r)
	}
}
