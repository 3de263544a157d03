package live_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/evaluate"
	"github.com/minori-hq/minori/evaluate/live"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/rule"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/records"
)

// started is a world with accounts and a Live that is pushed by hand.
func started(t *testing.T, cfg live.Config) (*world, *live.Live) {
	w := newWorld(t, workspace)
	w.accounts("A,30,paid", "B,30,paid")
	w.points(point("m.use", "A", w.now.AddDate(0, 0, -3), 9), point("m.heat", "A", w.now.AddDate(0, 0, -1), 5), point("m.use", "B", w.now.AddDate(0, 0, -1), 9))
	cfg.Evaluate, cfg.Store, cfg.Zone, cfg.Clock = w.Evaluate, w.Records, time.UTC, w.cfg.Clock
	return w, live.New(cfg)
}

// settle lets a Live do all there is to do.
func (w *world) settle(l *live.Live) {
	w.t.Helper()
	for range 50 {
		did, err := l.Step(w.ctx)
		w.ok(err)
		if !did {
			return
		}
		w.now = w.now.Add(time.Second)
	}
	w.t.Fatal("there is always something to do")
}

// TestDays: the day that is over is evaluated once, at the start and after each
// midnight, and what was kept within days is thinned then.
func TestDays(t *testing.T) {
	var thinned []minori.Day
	w, l := started(t, live.Config{Thin: func(_ context.Context, before minori.Day) error {
		thinned = append(thinned, before)
		return nil
	}})
	today := minori.DayOf(w.now)
	for range 3 {
		w.settle(l)
		w.now = w.now.AddDate(0, 0, 1)
	}
	for d := today - 1; d < today+3; d++ {
		done, err := w.Evaluate.Evaluated(w.ctx, minori.Account, d)
		w.ok(err)
		if want := d <= today+1; done != want {
			t.Errorf("%s was evaluated: %v, want %v", d, done, want)
		}
	}
	if !slices.Equal(thinned, []minori.Day{today, today + 1, today + 2}) {
		t.Errorf("thinned before %v", thinned)
	}
}

// TestLiveClock: the clock of a rule runs out without anything new.
func TestLiveClock(t *testing.T) {
	w, l := started(t, live.Config{})
	w.settle(l)
	w.points(point("m.heat", "A", w.now, 30))
	w.ok(l.Touch(w.ctx, []live.Touch{{Subject: w.id("A"), At: w.now.UnixMicro()}}))
	w.settle(l)
	if s := w.state("hot", "A"); s.Phase != rule.Pending {
		t.Fatalf("just hot: %+v", s)
	}
	w.now = w.now.Add(100 * time.Minute)
	w.settle(l)
	if s := w.state("hot", "A"); s.Phase != rule.Pending {
		t.Fatalf("not for two hours yet: %+v", s)
	}
	w.now = w.now.Add(21 * time.Minute)
	w.settle(l)
	if s := w.state("hot", "A"); s.Phase != rule.Active || s.Episode != 1 {
		t.Fatalf("after two hours: %+v", s)
	}
}

// TestObserved: of every touched account it is told how long it took, once;
// with more of them than are evaluated by themselves all are evaluated.
func TestObserved(t *testing.T) {
	var told []float64
	w, l := started(t, live.Config{Most: 1, Observe: func(s float64) { told = append(told, s) }})
	w.settle(l)
	w.ok(l.Touch(w.ctx, []live.Touch{{Subject: w.id("A"), At: w.now.UnixMicro() - 2e6}}))
	w.ok(l.Touch(w.ctx, []live.Touch{{Subject: w.id("A"), At: w.now.UnixMicro()}, {Subject: w.id("B")}}))
	if n, all := l.Waiting(); n != 1 || !all {
		t.Errorf("%d wait, all %v", n, all)
	}
	w.settle(l)
	if len(told) != 1 || told[0] < 2 || told[0] > 3 {
		t.Errorf("told %v", told)
	}
	if n, all := l.Waiting(); n != 0 || all {
		t.Errorf("%d wait, all %v", n, all)
	}
}

// TestLate: a late event corrects the days it belongs to, also after a start.
func TestLate(t *testing.T) {
	w, l := started(t, live.Config{})
	for range 4 {
		w.settle(l)
		w.now = w.now.AddDate(0, 0, 1)
	}
	w.settle(l)
	late := w.now.AddDate(0, 0, -2)
	w.points(point("m.use", "A", late, 11))
	before := w.day(minori.DayOf(late))
	w.ok(l.Touch(w.ctx, []live.Touch{{Subject: w.id("A"), First: minori.DayOf(late), At: w.now.UnixMicro()}}))
	w.restart()
	l = live.New(live.Config{Evaluate: w.Evaluate, Store: w.Records, Zone: time.UTC, Clock: w.cfg.Clock})
	w.settle(l)
	got := map[minori.Day][]string{}
	for d := minori.DayOf(late) - 1; d < minori.DayOf(w.now); d++ {
		got[d] = w.day(d)
		_, err := w.Evaluate.Evaluate(w.ctx, me, minori.EndOf(d, time.UTC))
		w.ok(err)
		if want := w.day(d); !slices.Equal(got[d], want) {
			t.Errorf("%s: %q, want %q", d, got[d], want)
		}
	}
	if slices.Equal(got[minori.DayOf(late)], before) {
		t.Error("the late event changed nothing")
	}
	if rows, err := w.Records.Late(w.ctx, 10); err != nil || len(rows) != 0 {
		t.Errorf("still to be corrected: %v, %v", rows, err)
	}
}

var errPowerCut = errors.New("power cut")

// cutRecords loses power within the hand-over.
type cutRecords struct{ *records.DB }

// EndPartial implements evaluate.Records.
func (cutRecords) EndPartial(context.Context, minori.SubjectKind, int64) error { return errPowerCut }

// cut is the world's evaluation over records that may fail.
func (w *world) cut(r evaluate.Records) *evaluate.Service {
	listed := func(ctx context.Context, kind minori.SubjectKind, ids []minori.ID, columns []string, fn func(minori.ID, []metric.Value) error) error {
		return w.Lake.EachRow(ctx, lake.ListQuery{Kind: kind, IDs: ids, Columns: columns}, len(ids), func(r lake.ListRow) error { return fn(r.Subject, r.Cells) })
	}
	return evaluate.NewService(evaluate.Config{Lake: w.Lake, Records: r, Actions: w.Actions, Programs: w.Resources, Scopes: w.Accounts, Clock: w.cfg.Clock, Drain: w.Drain, Listed: listed})
}

// TestPartialHandedOverOnce: a process that ends between what it stored in the
// lake and the hand-over has done nothing; the next one hands over for the same
// subjects as of the same time, once.
func TestPartialHandedOverOnce(t *testing.T) {
	w, _ := started(t, live.Config{})
	s := w.cut(cutRecords{w.Records})
	_, err := s.Touched(w.ctx, me, nil, w.asOf()) // of all
	w.ok(err)
	before := w.calls()
	w.now = w.now.Add(time.Minute)
	w.points(point("m.heat", "B", w.now, 40))
	w.accounts("B,90,paid")
	at := w.asOf()
	w.ok(w.Drain(w.ctx))
	if _, err := s.Touched(w.ctx, me, []minori.ID{w.id("B")}, at); !errors.Is(err, errPowerCut) {
		t.Fatalf("got %v", err)
	}
	if got := w.calls(); !slices.Equal(got, before) || w.state("hot", "B").Phase != "" {
		t.Fatalf("half of it was handed over: %q", got)
	}
	if open, err := w.Records.Partials(w.ctx); err != nil || len(open) != 1 || !slices.Equal(open[0].Subjects, []minori.ID{w.id("B")}) {
		t.Fatalf("open: %+v, %v", open, err)
	}
	w.now = w.now.Add(time.Hour)
	w.restart()
	if st := w.state("hot", "B"); st.Phase != rule.Pending || st.Since != at.Micros() {
		t.Errorf("after the start: %+v, want it pending since %d", st, at.Micros())
	}
	once := w.calls()
	w.restart()
	if got := w.calls(); !slices.Equal(got, once) {
		t.Errorf("after another start: %q, want %q", got, once)
	}
	if open, err := w.Records.Partials(w.ctx); err != nil || len(open) != 0 {
		t.Errorf("open: %+v, %v", open, err)
	}
	// An evaluation of an earlier as-of steps nobody, not even whom it never looked at.
	w.now = w.now.Add(time.Minute)
	_, err = w.Evaluate.Touched(w.ctx, me, nil, w.asOf())
	w.ok(err)
	rep, err := w.Evaluate.Evaluate(w.ctx, me, minori.At(w.now.Add(-time.Second), time.UTC))
	w.ok(err)
	if rep.Transitions != 0 || rep.Opened != 0 {
		t.Errorf("an earlier as-of: %+v", rep)
	}
}
