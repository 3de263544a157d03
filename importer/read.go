package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
)

// maxBatchBytes bounds the texts that one batch holds.
const maxBatchBytes = 48 << 20

// batch is mapped rows of one file, on their way from reading to storing.
type batch struct {
	file   int // which of the job's
	events []metric.EventRow
	points []metric.PointRow
	facts  []account.FactRow
	terms  []revenue.FactRow
	bad    []badRow
	read   int   // rows read, bad ones too
	rows   int64 // of the file so far
	done   int64 // bytes of the file so far
	total  int64
	bytes  int
	ended  bool // last of its file
	delim  string
	lines  int // of the files before, which stand before its rows' lines

	columns []string
	kept    keptRows
	props   []byte
	ends    []int // of each event's properties in props
}

// badRow is a row refused while reading or mapping.
type badRow struct {
	line   int
	column string
	reason string
	key    metric.Hash
	keyed  bool
	err    *rowio.RowError // a row that could not be read
}

// keptRows are the rows of a batch as read, for the file of rejects.
type keptRows struct {
	values []rowio.Value
	lines  []int
	ends   []int
}

func (k *keptRows) add(row *rowio.Row) {
	k.values = append(k.values, row.Values...)
	k.lines = append(k.lines, row.Line)
	k.ends = append(k.ends, len(k.values))
}

// find gives the values of a line.
func (k *keptRows) find(line int) []rowio.Value {
	i, ok := slices.BinarySearch(k.lines, line)
	if !ok {
		return nil
	}
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.values[from:k.ends[i]]
}

func (b *batch) size() int {
	return len(b.events) + len(b.points) + len(b.facts) + len(b.terms) + len(b.bad)
}

// reset empties a batch for use again.
func (b *batch) reset() {
	clear(b.events)
	clear(b.facts)
	clear(b.terms)
	clear(b.kept.values)
	*b = batch{
		events: b.events[:0], points: b.points[:0], facts: b.facts[:0], terms: b.terms[:0], bad: b.bad[:0],
		props: b.props[:0], ends: b.ends[:0],
		kept: keptRows{values: b.kept.values[:0], lines: b.kept.lines[:0], ends: b.kept.ends[:0]},
	}
}

// input reads and maps the files of a job in its own goroutine.
type input struct {
	job  *job
	max  int  // rows of a batch
	keep bool // rows as read
	rec  *record
	lake *lakeMapper
	fact func(*record) account.FactRow

	free  chan *batch
	full  chan *batch
	err   error // set before full is closed
	cur   *batch
	lines int // of the files before
}

func newInput(j *job, subjects *subjects, rows int, keep bool) *input {
	in := &input{job: j, max: rows, keep: keep, rec: newRecord(j.plan), fact: factOf(j.Source.Into)}
	if j.plan.inLake() {
		in.lake = newLakeMapper(in.rec, subjects)
	}
	in.free, in.full = make(chan *batch, 2), make(chan *batch)
	in.free <- &batch{}
	in.free <- &batch{}
	return in
}

// run reads all files and closes full.
func (in *input) run(ctx context.Context) {
	defer close(in.full)
	for i := range in.job.files {
		if in.err = in.file(ctx, i); in.err != nil {
			return
		}
	}
}

// file reads one file. What was read before an error is handed on.
func (in *input) file(ctx context.Context, i int) (err error) {
	f := in.job.files[i]
	r, err := rowio.Open(f.path, in.job.Source.Format, in.job.plan.rowOpt)
	if err != nil {
		return fileError(err, f)
	}
	defer r.Close()
	if err := in.job.columns(r, f); err != nil {
		return fileError(err, f)
	}
	id := &identity{key: in.job.plan.keyColumns(r.Columns())}
	columns := len(r.Columns())
	var rows int64
	last := 0
	for {
		row, err := r.Next()
		var unread *rowio.RowError
		switch {
		case err == nil, errors.As(err, &unread):
		case err == io.EOF:
			err = in.hand(ctx, r, i, rows, true)
			in.lines += last
			return err
		default:
			if err2 := in.hand(ctx, r, i, rows, false); err2 != nil {
				return err2
			}
			return fileError(err, f)
		}
		rows++
		if err := in.ready(ctx); err != nil {
			return err
		}
		in.cur.read++
		if unread != nil {
			last = unread.Line
			in.cur.bad = append(in.cur.bad, badRow{line: unread.Line, column: unread.Column, reason: unread.Reason, err: unread})
			in.cur.bytes += len(unread.Raw)
		} else {
			last = row.Line
			if len(row.Columns) != columns { // JSON lines: a new name appeared
				columns = len(row.Columns)
				if err := in.job.plan.bind(row.Columns, false); err != nil {
					return fileError(err, f)
				}
				id.key = in.job.plan.keyColumns(row.Columns)
			}
			if err := in.row(row, id); err != nil {
				return fileError(err, f)
			}
		}
		if in.cur.size() >= in.max || in.cur.bytes >= maxBatchBytes {
			if err := in.hand(ctx, r, i, rows, false); err != nil {
				return err
			}
		}
	}
}

// ready makes sure that there is a batch to fill.
func (in *input) ready(ctx context.Context) error {
	if in.cur != nil {
		return nil
	}
	select {
	case in.cur = <-in.free:
		in.cur.reset()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hand gives the batch to whoever stores it.
func (in *input) hand(ctx context.Context, r rowio.Reader, file int, rows int64, ended bool) error {
	if err := in.ready(ctx); err != nil {
		return err
	}
	b := in.cur
	b.file, b.rows, b.done, b.total, b.ended = file, rows, r.Offset(), r.Size(), ended
	b.delim, b.columns, b.lines = r.Info().Delimiter, r.Columns(), in.lines
	text, from := string(b.props), 0
	for i := range b.events {
		b.events[i].Properties = text[from:b.ends[i]]
		from = b.ends[i]
	}
	select {
	case in.full <- b:
		in.cur = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// row maps one row into the batch.
func (in *input) row(row *rowio.Row, id *identity) error {
	b, r := in.cur, in.rec
	b.bytes += memory(row.Values)
	if in.keep {
		b.kept.add(row)
	}
	id.columns(row.Columns)
	key, empty, full := id.of(row.Values)
	if full {
		return minori.Errorf(minori.Invalid, "the file has more than %d different rows, or %d repeated ones, which cannot be told apart; name the columns that identify a row under key: in the source %s",
			MaxDistinctRows, MaxRepeatedRows, in.job.Source.Name)
	}
	if empty {
		b.bad = append(b.bad, badRow{line: row.Line, column: in.job.Source.Key[0], reason: "the key is empty; every row needs one, so that it is known again"})
		return nil
	}
	r.start(row.Values)
	in.fill(metric.Row{Line: in.lines + row.Line, Key: key})
	if r.failed {
		b.bad = append(b.bad, badRow{line: row.Line, column: r.column, reason: r.reason, key: key, keyed: true})
	}
	return nil
}

// fill maps the row into the batch's rows of the target, unless it fails.
func (in *input) fill(row metric.Row) {
	b, r := in.cur, in.rec
	switch in.job.Source.Into {
	case IntoEvent:
		b.events = append(b.events, metric.EventRow{Row: row})
		e := &b.events[len(b.events)-1]
		b.props = in.lake.event(e, b.props)
		if r.failed {
			b.events = b.events[:len(b.events)-1]
			return
		}
		b.ends = append(b.ends, len(b.props))
		e.Hash = r.hash()
	case IntoPoint:
		p := metric.PointRow{Row: row}
		in.lake.point(&p)
		if p.Hash = r.hash(); !r.failed {
			b.points = append(b.points, p)
		}
	case IntoSubscription, IntoRate:
		f := in.term()
		f.Row, f.Hash = row, r.hash()
		if !r.failed {
			b.terms = append(b.terms, f)
		}
	default:
		f := in.fact(r)
		f.Row = row
		f.Hash = r.hash()
		if !r.failed {
			b.facts = append(b.facts, f)
		}
	}
}

func (in *input) term() revenue.FactRow {
	if in.job.Source.Into == IntoRate {
		return in.rec.rate()
	}
	return in.rec.subscription()
}

// duplicate is the reason for a row whose key stood before with other content.
func duplicate(first string) string {
	return fmt.Sprintf("the same key stands %s with other content; remove one of the two rows, or give the source a key that tells them apart", first)
}
