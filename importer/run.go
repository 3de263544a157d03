package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

// run is one import under way.
type run struct {
	cfg      *Config
	actor    minori.Actor
	req      *Request
	report   *Report
	rejects  *rejectFiles
	subjects *subjects
	began    int64
	number   int64          // of a dry run
	known    map[int64]bool // built-in metrics told of
}

// loading is one source under way.
type loading struct {
	*run
	job      *job
	out      SourceReport
	account  account.Run
	bases    []int // lines before each file begun
	rejected []metric.Hash
	unkeyed  bool // a rejected row's key is not known
	taken    int
}

// source imports one source and notes it in the report.
func (r *run) source(ctx context.Context, j *job) (err error) {
	l := &loading{run: r, job: j, out: SourceReport{Source: j.Source.Name, Into: j.Source.Into, Note: j.note}}
	defer func() {
		if err != nil {
			l.out.Error = err.Error()
		}
		r.report.Sources = append(r.report.Sources, l.out)
	}()
	if len(j.files) == 0 {
		return nil
	}
	if err := l.begin(ctx); err != nil {
		return err
	}
	err = l.load(ctx)
	if err == nil && j.Source.Complete {
		err = l.endMissing(ctx)
	}
	if err2 := l.finish(ctx, err); err == nil {
		err = err2
	}
	return err
}

// begin enters the import into the list and loads what its rows refer to.
func (l *loading) begin(ctx context.Context) error {
	l.account = account.Run{Source: l.job.ID, Import: l.number, Time: l.began, DryRun: l.req.DryRun, Mapped: l.job.plan.mapped}
	if !l.req.DryRun {
		names := make([]string, len(l.job.files))
		for i, f := range l.job.files {
			names[i] = f.name
		}
		id, err := l.cfg.Runs.BeginImport(ctx, account.ImportRun{
			Source: l.job.ID, Name: l.job.Source.Name, File: listOf(names), Actor: l.actor.Name, Started: l.cfg.Clock().UnixMicro(),
		})
		if err != nil {
			return err
		}
		l.account.Import, l.out.Import = id, id
	}
	if l.job.plan.inLake() && l.subjects == nil {
		s, err := l.loadSubjects(ctx)
		if err != nil {
			return err
		}
		l.subjects = s
	}
	return nil
}

// loadSubjects reads the ids that events and points refer to. They load after
// all accounts, persons and subscriptions, so once is enough.
func (r *run) loadSubjects(ctx context.Context) (*subjects, error) {
	var s subjects
	var err error
	if s.accounts, err = r.cfg.Accounts.IDs(ctx, r.actor, account.KindAccount); err != nil {
		return nil, err
	}
	if s.persons, err = r.cfg.Accounts.IDs(ctx, r.actor, account.KindPerson); err != nil {
		return nil, err
	}
	s.subscriptions, err = r.cfg.Revenue.SubscriptionAccounts(ctx, r.actor)
	return &s, err
}

// finish closes the import in the list. One that was killed stays open there.
func (l *loading) finish(ctx context.Context, failed error) error {
	if l.req.DryRun {
		return nil
	}
	out := l.out
	if failed != nil {
		out.Error = failed.Error()
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	return l.cfg.Runs.FinishImport(context.WithoutCancel(ctx), l.account.Import, l.cfg.Clock().UnixMicro(), string(text))
}

// load stores batches while the next ones are read.
func (l *loading) load(ctx context.Context) error {
	rows := l.cfg.FactRows
	if l.job.plan.inLake() {
		rows = l.cfg.BatchRows
	}
	in := newInput(l.job, l.subjects, rows, l.rejects.wanted())
	reading, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		for range in.full { // until the reader has stopped
		}
	}()
	go in.run(reading)
	for b := range in.full {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.store(ctx, b); err != nil {
			return err
		}
		in.free <- b
	}
	return in.err
}

// store stores one batch and notes what became of its rows.
func (l *loading) store(ctx context.Context, b *batch) error {
	if len(l.bases) == b.file {
		l.bases = append(l.bases, b.lines)
	}
	var rep account.Report
	var err error
	switch {
	case len(b.events)+len(b.points) > 0:
		var got metric.IngestReport
		got, err = l.cfg.Lake.Ingest(ctx, metric.Ingest{
			Source: l.job.ID, Import: l.account.Import, Events: b.events, Points: b.points, DryRun: l.req.DryRun,
		})
		rep = account.Report{Created: got.Created, Updated: got.Updated, Unchanged: got.Unchanged, Duplicates: got.Duplicates}
	case len(b.facts) > 0:
		rep, err = l.cfg.Accounts.Import(ctx, l.actor, l.account, b.facts)
	case len(b.terms) > 0:
		rep, err = l.cfg.Revenue.Import(ctx, l.actor, l.account, b.terms)
	}
	if err != nil {
		return err
	}
	if err := l.tell(ctx, rep.Metrics); err != nil {
		return err
	}
	l.out.Read += b.read
	l.out.Created += rep.Created
	l.out.Updated += rep.Updated
	l.out.Unchanged += rep.Unchanged
	l.taken += rep.Created + rep.Updated + rep.Unchanged
	if err := l.refuse(b, &rep); err != nil {
		return err
	}
	if l.req.Progress != nil {
		f := l.job.files[b.file]
		l.req.Progress(Progress{Label: l.job.Source.Name + " " + f.name, Done: b.done, Total: b.total, Rows: b.rows})
	}
	return nil
}

// tell passes on which built-in metrics came into being.
func (l *loading) tell(ctx context.Context, refs []metric.Ref) error {
	if l.cfg.BuiltIns == nil || l.req.DryRun {
		return nil
	}
	var fresh []metric.Ref
	for _, ref := range refs {
		if !l.known[ref.ID] {
			l.known[ref.ID] = true
			fresh = append(fresh, ref)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return l.cfg.BuiltIns(ctx, fresh)
}

// refuse notes the rejects of a batch: those found in reading and those found
// in storing, in the order of their lines.
func (l *loading) refuse(b *batch, rep *account.Report) error {
	bad := b.bad
	for _, row := range bad {
		if row.keyed && l.job.Source.Complete {
			l.rejected = append(l.rejected, row.key)
		}
		l.unkeyed = l.unkeyed || !row.keyed
	}
	for _, r := range rep.Rejects {
		bad = append(bad, badRow{line: r.Line - b.lines, column: l.job.plan.columnOf(r.Column), reason: r.Reason})
	}
	for _, d := range rep.Duplicates {
		bad = append(bad, badRow{line: d.Line - b.lines, column: strings.Join(l.job.Source.Key, ", "), reason: duplicate(l.place(d.First, b.file))})
	}
	if len(bad) == 0 {
		return nil
	}
	slices.SortStableFunc(bad, func(x, y badRow) int { return x.line - y.line })
	l.out.Rejected += len(bad)
	l.report.RejectsTotal += len(bad)
	f := l.job.files[b.file]
	for i := range bad {
		if len(l.report.Rejects) < MaxRejects {
			l.report.Rejects = append(l.report.Rejects, Reject{
				Source: l.job.Source.Name, File: f.name, Line: bad[i].line, Column: bad[i].column, Reason: bad[i].reason,
			})
		}
	}
	return l.write(b, bad)
}

// place says where an earlier row stands.
func (l *loading) place(line, file int) string {
	at := len(l.bases) - 1
	for at > 0 && line <= l.bases[at] {
		at--
	}
	if at == file {
		return fmt.Sprintf("on line %d", line-l.bases[at])
	}
	return fmt.Sprintf("on line %d of %s", line-l.bases[at], l.job.files[at].name)
}

// write puts rejected rows into their file.
func (l *loading) write(b *batch, bad []badRow) error {
	if !l.rejects.wanted() {
		return nil
	}
	if err := l.rejects.open(l.job.Source.Name, l.job.files[b.file], b.columns, b.delim); err != nil {
		return err
	}
	for i := range bad {
		var err error
		if e := bad[i].err; e != nil {
			err = l.rejects.cur.Error(e)
		} else {
			reason := bad[i].reason
			if bad[i].column != "" {
				reason = fmt.Sprintf("column %q: %s", bad[i].column, reason)
			}
			err = l.rejects.cur.Row(&rowio.Row{Line: bad[i].line, Columns: b.columns, Values: b.kept.find(bad[i].line)}, reason)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endMissing ends what a complete source has not any more, unless the files
// do not tell.
func (l *loading) endMissing(ctx context.Context) error {
	why := l.mayNotEnd()
	if why != "" {
		l.out.Note = joinNotes(l.out.Note, why)
		return nil
	}
	var err error
	switch {
	case l.job.plan.inLake():
		l.out.Ended, err = l.cfg.Lake.EndMissing(ctx, l.job.ID, l.account.Import)
	case l.job.Source.Into == IntoSubscription || l.job.Source.Into == IntoRate:
		l.out.Ended, err = l.cfg.Revenue.EndMissing(ctx, l.actor, l.account, l.rejected)
	default:
		l.out.Ended, err = l.cfg.Accounts.EndMissing(ctx, l.actor, l.account, l.rejected)
	}
	return err
}

// mayNotEnd says why rows that are missing do not mean an end this time.
func (l *loading) mayNotEnd() string {
	switch {
	case slices.ContainsFunc(l.job.files, inputFile.rejects):
		return "what is missing from a file of rejected rows was not ended"
	case l.job.part:
		return "nothing was ended, since the source may have more files than this one; import their directory"
	case l.taken == 0:
		return "no row was taken, so nothing was ended"
	case l.unkeyed:
		return "nothing was ended, since some rejected rows cannot be told apart; correct them and import the whole file again"
	case l.job.plan.inLake() && len(l.rejected) > 0:
		return "nothing was ended, since rows were rejected; correct them and import the whole file again"
	case l.job.plan.inLake() && l.req.DryRun:
		return "what is missing is not looked for in a dry run"
	}
	return ""
}
