package duckdb

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/measure"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

const propertyDay = minori.Day(20000)

// environment is what the generated expressions may name.
func environment(t *testing.T) *measure.Env {
	env := &measure.Env{
		Kind: minori.Account,
		Fields: map[string]measure.Field{
			"x": {ID: 1, Type: metric.Number}, "seats": {ID: 2, Type: metric.Number}, "tier": {ID: 3, Type: metric.Text},
			"name": {ID: 4, Type: metric.Text}, "vip": {ID: 5, Type: metric.Bool},
		},
		Metrics: map[string]metric.Ref{},
	}
	for _, r := range propertyMetrics() {
		env.Metrics[r.Name] = r
	}
	ms, err := measure.Order([]measure.Definition{
		{Name: "adoption", Subject: minori.Account, Value: `change("login", "14d") * 100 / 3`, Title: minori.Plain("a")},
		{Name: "busy", Subject: minori.Account, Value: `measure("adoption") > 10 || account.vip`, Title: minori.Plain("b")},
	}, env)
	if err != nil {
		t.Fatal(err)
	}
	env.Measures = map[string]*measure.Expr{}
	for _, m := range ms {
		env.Measures[m.Name] = m
	}
	return env
}

func propertyMetrics() []metric.Ref {
	return []metric.Ref{
		{ID: 1, Name: "login", Kind: metric.Event, Actors: true, By: []string{"plan"}},
		{ID: 2, Name: "calls", Kind: metric.Counter, AbsentZero: true},
		{ID: 3, Name: "used", Kind: metric.Gauge},
		{ID: 4, Name: "late", Kind: metric.Counter},
	}
}

// propertyLake holds 40 accounts with facts drawn by a fixed rule.
func propertyLake(t *testing.T) *Lake {
	l := open(t, filepath.Join(t.TempDir(), "lake.duckdb"))
	t.Cleanup(func() { _ = l.Close() })
	ctx := context.Background()
	refs := propertyMetrics()
	defs := []lake.MetricDef{{Ref: refs[0], From: &metric.From{Event: "login", Actors: true}}, {Ref: refs[1]}, {Ref: refs[2]}, {Ref: refs[3]}}
	if err := l.DefineMetrics(ctx, defs); err != nil {
		t.Fatal(err)
	}
	numbers := []float64{0, 1, -2.5, 3, 1e-9, 1e308, -1e308, 7.0000000004, 2.5, -0.5, 1e20}
	texts := []string{"", "a", "Gold", "gold", "3", " 3", "1e400", "-2.5e-1", "it's", "a\"b\n東", "%", "é"}
	d := lake.SeqDelta{Seq: 1}
	in := metric.Ingest{Source: 1, Import: 1}
	n := uint64(0)
	draw := func(of int) int { n++; return int(mix(n) % uint64(of)) }
	for id := minori.ID(1); id <= 40; id++ {
		since := propertyDay - minori.Day(draw(300))
		d.Subjects = append(d.Subjects, metric.SubjectRow{Kind: minori.Account, ID: id, Key: fmt.Sprint(id), Since: &since})
		for f := int64(1); f <= 5; f++ {
			v := metric.FieldValue{Subject: id, Field: f, ValidFrom: metric.Always}
			switch f {
			case 3, 4:
				v.Text = &texts[draw(len(texts))]
			case 5:
				v.Num = &numbers[draw(2)]
			default:
				v.Num = &numbers[draw(len(numbers))]
			}
			if draw(4) > 0 {
				d.Fields = append(d.Fields, v)
			}
		}
		if draw(2) > 0 {
			end := propertyDay + minori.Day(draw(40)) - 5
			d.Terms = append(d.Terms, metric.Term{ID: int64(id), Account: id, Start: end - 20, End: &end, ARR: int64(draw(1_000_000)), Currency: "USD"})
		}
		for range draw(12) {
			day := propertyDay - minori.Day(draw(40))
			row := metric.Row{Line: draw(1 << 20), Key: metric.Hash{Lo: n}}
			if m := draw(4); m > 0 {
				in.Points = append(in.Points, metric.PointRow{Row: row, Subject: id, Metric: int64(m + 1), Day: day, Time: int64(day) * 86400e6, Value: numbers[draw(len(numbers))]})
			} else {
				in.Events = append(in.Events, metric.EventRow{Row: row, Subject: id, Name: "login", Day: day, Time: int64(day) * 86400e6,
					Actor: texts[1+draw(3)], Properties: fmt.Sprintf(`{"plan":"p%d"}`, draw(2))})
			}
		}
	}
	if err := l.Apply(ctx, []lake.SeqDelta{d}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Ingest(ctx, in); err != nil {
		t.Fatal(err)
	}
	return l
}

// expression draws an expression of a type; n, b and s in a form stand for an
// expression of each type.
func expression(t metric.Type, depth int) *rapid.Generator[string] {
	leaves := map[metric.Type][]string{
		metric.Number: {"account.x", "account.seats", "account.arr", "account.age_days", "account.days_to_renewal", "3", "-2.5", "1e300", "0",
			`sum("login", "28d")`, `sum("login{plan=\"p1\"}", "28d")`, `change("calls", "1m")`, `avg("calls", "2w")`, `max("used", "1w")`, `slope("used", "21d")`, `last("used")`,
			`actors("login", "1q")`, `active_days("login", "7d")`, `days_since("login")`, `change("used", "7d")`, `min("calls", "7d")`, `slope("login", "14d")`,
			`sum("late", "7d")`, `measure("adoption")`, `per("login", "14d", "seats")`, `count("calls", "30d")`},
		metric.Text: {"account.tier", "account.name", `'it\'s'`, `"a\"b\n東"`, `""`, `"3"`},
		metric.Bool: {"account.vip", "true", "false", `measure("busy")`, "(account.x in [1,2.5,-3])", `(account.tier in ["a", "Gold"])`},
	}
	forms := map[metric.Type][]string{
		metric.Number: {"(n+n)", "(n-n)", "(n*n)", "(n/n)", "-(n)", "abs(n)", "round(n)", "min(n,n,n)", "max(n,n)", "(n+n).or(n)", "(b?n:n)", "double(s)", "double(b)"},
		metric.Text:   {"(b?s:s).or(s)", "(b?s:s)"},
		metric.Bool: {"(b&&b)", "(b||b)", "(b&&b&&b)", "(b==b)", "(b!=b)", "!(b)", "(n<n)", "(n<=n)", "(n>n)", "(n>=n)", "(n==n)", "(n!=n)", "(s<s)", "(s<=s)", "(s==s)",
			"(s).startsWith(s)", "(s).endsWith(s)", "(s).contains(s)", "known(n)", "known(s)", "known(b)", "(b&&b).or(b)", "(b||b&&b)"},
	}
	return rapid.Custom(func(r *rapid.T) string {
		if depth <= 0 || rapid.IntRange(0, 4).Draw(r, "stop") == 0 {
			return rapid.SampledFrom(leaves[t]).Draw(r, "leaf")
		}
		form := rapid.SampledFrom(forms[t]).Draw(r, "form")
		return regexp.MustCompile(`\b[nbs]\b`).ReplaceAllStringFunc(form, func(m string) string {
			of := map[string]metric.Type{"n": metric.Number, "b": metric.Bool, "s": metric.Text}[m]
			return expression(of, depth-1).Draw(r, "sub")
		})
	})
}

// TestCompiledIsInterpreted holds the compiled statement against the
// evaluation of the same expression one subject at a time.
func TestCompiledIsInterpreted(t *testing.T) {
	env, l := environment(t), propertyLake(t)
	ctx := context.Background()
	asOf := minori.EndOf(propertyDay, time.UTC)
	unknown := func(r metric.Ref) metric.Reason {
		if r.Name == "late" {
			return metric.Stale
		}
		return metric.Known
	}
	rapid.Check(t, func(r *rapid.T) {
		typ := rapid.SampledFrom([]metric.Type{metric.Number, metric.Bool}).Draw(r, "type")
		src := expression(typ, 4).Draw(r, "src")
		if len(src) > measure.MaxSource {
			r.Skip()
		}
		e, err := measure.Check(src, minori.Position{}, env)
		if err != nil {
			r.Fatalf("%s: %v", src, err)
		}
		final := rapid.Bool().Draw(r, "final")
		if diff := compiledDiffers(ctx, l, e, asOf, unknown, final); diff != "" {
			r.Fatalf("%s: %s", src, diff)
		}
	})
}

// compiledDiffers computes both ways and describes the first difference.
func compiledDiffers(ctx context.Context, l *Lake, e *measure.Expr, asOf minori.AsOf, unknown func(metric.Ref) metric.Reason, final bool) string {
	b := measure.NewBuilder(minori.Account, asOf, unknown)
	if err := b.Add("value", e, final); err != nil {
		return err.Error()
	}
	if err := b.AddLeaves(e); err != nil {
		return err.Error()
	}
	q := b.Query(nil)
	res, err := l.Compute(ctx, q)
	if err != nil {
		return err.Error()
	}
	defer res.Close()
	diff := ""
	err = res.Each(ctx, nil, nil, func(batch *metric.Batch) error {
		for i, id := range batch.Subjects {
			row := map[string]metric.Value{}
			for j, o := range q.Outputs {
				row[o.Name] = batch.Columns[j].Value(i)
			}
			want, err := e.Eval(func(leaf metric.Leaf) metric.Value { return row[measure.LeafName(leaf)] }, asOf, unknown)
			if err != nil {
				return err
			}
			if final && want.Type == metric.Number {
				want.Num = measure.Round9(want.Num)
			}
			got := row["value"]
			if got.Reason != want.Reason || got.Reason == metric.Known && math.Abs(got.Num-want.Num) > 0 {
				diff = fmt.Sprintf("account %d: compiled %v (%s), evaluated %v (%s); %v", id, got.Num, got.Reason, want.Num, want.Reason, row)
			}
		}
		return nil
	})
	if err != nil {
		return err.Error()
	}
	return diff
}
