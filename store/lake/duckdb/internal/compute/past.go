package compute

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
	"github.com/minori-hq/minori/store/lake/duckdb/internal/engine"
)

// pasts keeps, for queries that are asked again within a day, what the days
// before it mean for every subject: then only the rollups of the day itself are
// read, not those of all subjects in all windows.
type pasts struct {
	using sync.Mutex // held while kept values are made or read
	of    map[minori.SubjectKind]*past

	mu   sync.Mutex
	day  minori.Day             // changes before it are told of; 0: nothing is kept
	late map[minori.ID]struct{} // of whom days before it changed since their values were made
	lost bool                   // anything may have changed
}

// past are the values kept for one query.
type past struct {
	lake.Past
	query string // the text and arguments they were made by
}

// Late adds the subjects of rows (subject, day), which the writer adds or
// removes, that change what is kept. It is asked in the writer's transaction, and
// told by Changed when that is committed.
func (l *Computer) Late(ctx context.Context, c engine.Conn, rows string, late []minori.ID) ([]minori.ID, error) {
	l.past.mu.Lock()
	day := l.past.day
	l.past.mu.Unlock()
	if day == 0 {
		return late, nil
	}
	err := c.Rows(ctx, lake.X("SELECT DISTINCT subject FROM ("+rows+") c WHERE day < ?", int32(day)), func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		late = append(late, minori.ID(id))
		return err
	})
	return late, err
}

// settle waits until the writer's transaction of now, if there is one, has ended.
func (l *Computer) settle(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		<-l.turn
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Changed tells, after a commit, of the subjects that Late gave; lost says that
// days of others may have changed, too.
func (l *Computer) Changed(subjects []minori.ID, lost bool) {
	l.past.mu.Lock()
	defer l.past.mu.Unlock()
	for _, id := range subjects {
		l.past.late[id] = struct{}{}
	}
	l.past.lost = l.past.lost || lost
}

// usePast gives env what is kept for a query, made now if it is not there; the
// caller calls done when the statement has run.
func (l *Computer) usePast(ctx context.Context, q metric.Query, env *lake.Env) (done func(), err error) {
	l.past.using.Lock()
	defer func() {
		if err != nil {
			l.past.using.Unlock()
		}
	}()
	everybody := *env
	everybody.Subset = nil
	made, err := lake.BuildPast(engine.Dialect(), q, everybody)
	if err != nil {
		return nil, err
	}
	query := fmt.Sprint(made.Table)
	if made.Actors != nil {
		query += fmt.Sprint(*made.Actors)
	}
	p := l.past.of[q.Kind]
	if p == nil || p.query != query || l.outdated() {
		if p, err = l.makePast(ctx, q, made); err != nil {
			return nil, err
		}
		p.query = query
		l.past.of[q.Kind] = p
	} else if err := l.mendPast(ctx, q, *env, p); err != nil {
		return nil, err
	}
	env.Past = &p.Past
	return l.past.using.Unlock, nil
}

// tooLate is how many subjects with changed days are more than are worth
// mending.
const tooLate = 20_000

// outdated reports whether all that is kept is to be made anew.
func (l *Computer) outdated() bool {
	l.past.mu.Lock()
	defer l.past.mu.Unlock()
	return l.past.lost || len(l.past.late) > tooLate
}

// makePast makes the values of all subjects of a kind in the place of those
// kept. A change that is committed later is told of.
func (l *Computer) makePast(ctx context.Context, q metric.Query, made lake.PastSelects) (*past, error) {
	if l.outdated() {
		l.dropPasts()
	} else if p := l.past.of[q.Kind]; p != nil {
		l.dropPast(q.Kind, p)
	}
	l.past.mu.Lock()
	l.past.day = max(l.past.day, q.AsOf.Day)
	l.past.mu.Unlock()
	if err := l.settle(ctx); err != nil { // who writes now did not know the day
		return nil, err
	}
	p := &past{Past: lake.Past{Day: q.AsOf.Day, Table: "scratch." + l.scratch()}}
	statements := []lake.SQL{lake.X("CREATE TABLE "+p.Table+" AS ?", made.Table)}
	if made.Actors != nil {
		p.Actors = "scratch." + l.scratch()
		statements = append(statements, lake.X("CREATE TABLE "+p.Actors+" AS ?", *made.Actors))
	}
	if err := l.inTx(ctx, statements...); err != nil {
		return nil, fmt.Errorf("keeping what the days before mean: %w", err)
	}
	return p, nil
}

// dropPasts drops everything kept.
func (l *Computer) dropPasts() {
	for kind, p := range l.past.of {
		l.dropPast(kind, p)
	}
	l.past.mu.Lock()
	defer l.past.mu.Unlock()
	l.past.late, l.past.lost = map[minori.ID]struct{}{}, false
}

func (l *Computer) dropPast(kind minori.SubjectKind, p *past) {
	_, _ = l.DB.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+p.Table)
	if p.Actors != "" {
		_, _ = l.DB.ExecContext(context.Background(), "DROP TABLE IF EXISTS "+p.Actors)
	}
	delete(l.past.of, kind)
}

// mendPast makes the values of those subjects of a query anew of whom days
// before changed.
func (l *Computer) mendPast(ctx context.Context, q metric.Query, env lake.Env, p *past) error {
	late := l.takeLate(q.Subjects)
	if len(late) == 0 {
		return nil
	}
	err := l.mend(ctx, q, env, p, late)
	if err != nil {
		l.Changed(late, false)
		return fmt.Errorf("making anew what the days before mean: %w", err)
	}
	return nil
}

func (l *Computer) mend(ctx context.Context, q metric.Query, env lake.Env, p *past, late []minori.ID) error {
	in, done, err := l.subset(ctx, late)
	if err != nil {
		return err
	}
	defer done()
	env.Subset = in
	made, err := lake.BuildPast(engine.Dialect(), q, env)
	if err != nil {
		return err
	}
	anew := []lake.SQL{lake.X("DELETE FROM "+p.Table+" WHERE subject IN (?)", *in), lake.X("INSERT INTO "+p.Table+" ?", made.Table)}
	if made.Actors != nil {
		anew = append(anew, lake.X("DELETE FROM "+p.Actors+" WHERE subject IN (?)", *in), lake.X("INSERT INTO "+p.Actors+" ?", *made.Actors))
	}
	return l.inTx(ctx, anew...)
}

// takeLate gives those of some subjects (nil: all) of whom days before changed,
// which from now on are those that change again.
func (l *Computer) takeLate(of []minori.ID) (late []minori.ID) {
	l.past.mu.Lock()
	defer l.past.mu.Unlock()
	if of == nil {
		of = slices.Collect(maps.Keys(l.past.late))
	}
	for _, id := range of {
		if _, ok := l.past.late[id]; ok {
			late = append(late, id)
			delete(l.past.late, id)
		}
	}
	return late
}

// inTx runs statements in one transaction, so that they see the same facts.
func (l *Computer) inTx(ctx context.Context, statements ...lake.SQL) error {
	tx, err := l.DB.BeginTx(ctx, &sql.TxOptions{})
	if err != nil {
		return err
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s.Text, s.Args...); err != nil {
			_ = tx.Rollback()
			return err
		}
	}
	return tx.Commit()
}
