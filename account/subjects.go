package account

import (
	"context"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// subjectImport is one batch of accounts or persons on its way in.
type subjectImport struct {
	run    Run
	k      records
	b      *Batch
	out    *deltas
	names  []string          // standard fields, without prefix
	fields map[string]int64  // field ids by full name
	have   map[string]record // present records by key
	lines  map[string]int    // line that wrote a key in this import
	change map[string]record // changed records by key
	order  []string          // keys of change, in order
	rows   []FactRow
}

// importSubjects writes accounts or persons. Rows of one import that give the
// same subject different values are duplicates, unless they say from when
// their values hold: then they are steps of its history.
func importSubjects(ctx context.Context, s *Service, k records, run Run, b *Batch, rows []FactRow, out *deltas) error {
	im := &subjectImport{run: run, k: k, b: b, out: out, rows: rows,
		have: map[string]record{}, lines: map[string]int{}, change: map[string]record{}}
	for _, f := range StandardFields(k.kind()) {
		im.names = append(im.names, strings.TrimPrefix(f.Name, string(k.kind())+"."))
	}
	todo, fresh, err := im.lookUp(ctx, s)
	if err != nil {
		return err
	}
	next, err := s.store.NewIDs(ctx, "subject", fresh)
	if err != nil {
		return err
	}
	for _, t := range todo {
		in := k.of(&rows[t.Index])
		_, key, _ := in.ident()
		row := &rows[t.Index]
		if first, again := im.lines[key]; again && row.ValidFrom == 0 {
			b.Duplicate(row.Line, first)
			continue
		}
		cur, known := im.have[key]
		if !known {
			cur = k.blank(key)
			id, _, _ := cur.ident()
			*id = minori.ID(next)
			next++
			im.have[key] = cur
		}
		im.apply(cur, in, row, !known)
		id, _, _ := cur.ident()
		im.lines[key] = row.Line
		b.Written(t, int64(*id), !known)
	}
	changed := make([]record, len(im.order))
	for i, key := range im.order {
		changed[i] = im.change[key]
	}
	return k.save(ctx, changed)
}

// lookUp rejects what is invalid and reads in bulk what the others meet. It
// gives the valid rows and how many subjects are new.
func (im *subjectImport) lookUp(ctx context.Context, s *Service) (todo []Todo, fresh int, err error) {
	names := map[string]bool{}
	prefix := string(im.k.kind()) + "."
	for _, n := range im.names {
		names[prefix+n] = true
	}
	var keys []string
	for _, t := range im.b.Todo {
		r := im.k.of(&im.rows[t.Index])
		if err := r.validate(); err != nil {
			im.b.Reject(t, err)
			continue
		}
		_, key, _ := r.ident()
		keys = append(keys, key)
		for n := range r.custom() {
			names[prefix+n] = true
		}
		todo = append(todo, t)
	}
	if len(todo) == 0 {
		return nil, 0, nil
	}
	list := make([]string, 0, len(names))
	for n := range names {
		list = append(list, n)
	}
	slices.Sort(list)
	if im.fields, err = s.cfg.FieldIDs(ctx, list); err != nil {
		return nil, 0, err
	}
	ids, err := s.store.SubjectIDs(ctx, Kind(im.k.kind()), keys)
	if err != nil {
		return nil, 0, err
	}
	all := make([]minori.ID, 0, len(ids))
	for _, id := range ids {
		all = append(all, id)
	}
	have, err := im.k.load(ctx, all)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range have {
		_, key, _ := r.ident()
		im.have[key] = r
	}
	missing := map[string]bool{}
	for _, key := range keys {
		if im.have[key] == nil {
			missing[key] = true
		}
	}
	return todo, len(missing), im.seenBefore(ctx, s, todo)
}

// seenBefore finds subjects that an earlier batch of this import wrote under
// another row key.
func (im *subjectImport) seenBefore(ctx context.Context, s *Service, todo []Todo) error {
	byID := map[int64]string{}
	var targets []int64
	for _, t := range todo {
		_, key, _ := im.k.of(&im.rows[t.Index]).ident()
		if r := im.have[key]; r != nil && t.Target == 0 {
			id, _, _ := r.ident()
			byID[int64(*id)] = key
			targets = append(targets, int64(*id))
		}
	}
	if len(targets) == 0 {
		return nil
	}
	lines, err := s.store.SeenTargets(ctx, im.run.Source, im.run.Import, targets)
	for id, line := range lines {
		im.lines[byID[id]] = line
	}
	return err
}

// apply moves the values of a row into a record and writes the steps of their
// history. A row that tells of an earlier time than the record stands for
// leaves the record as it is.
func (im *subjectImport) apply(cur, in record, row *FactRow, created bool) {
	id, key, held := cur.ident()
	since, until := cur.exists()
	past := row.ValidFrom != 0 && row.ValidFrom < held.ValidFrom
	var steps []metric.FieldValue
	set := func(name, target string, old, v Value, put func(Value)) {
		if !im.run.maps(target) || old.Equal(v) && (row.ValidFrom == 0 || v.None()) || past && v.None() {
			return
		}
		from := im.validFrom(held, row, target, old)
		steps = append(steps, metric.FieldValue{
			Subject: *id, Field: im.fields[string(im.k.kind())+"."+name],
			ValidFrom: from, Recorded: im.run.Time, Num: v.Num, Text: v.Text,
		})
		if past {
			return
		}
		held.note(target, v, from)
		put(v)
	}
	was, now := cur.standard(), in.standard()
	for i, name := range im.names {
		set(name, name, was[i], now[i], func(v Value) { cur.setStandard(i, v) })
	}
	for _, name := range customNames(cur, in) {
		set(name, "fields."+name, cur.custom()[name], in.custom()[name], func(v Value) { cur.setCustom(name, v) })
	}
	cur.returned()
	if s, u := cur.exists(); created || !sameDay(s, since) || !sameDay(u, until) {
		im.out.subject(metric.SubjectRow{Kind: im.k.kind(), ID: *id, Key: key, Since: s, Until: u})
	}
	im.out.fields(steps)
	if im.change[key] == nil {
		im.order = append(im.order, key)
	}
	im.change[key] = cur
}

// validFrom says since when a value holds: since the row says, else always for
// the first value of a field, else since the import began.
func (im *subjectImport) validFrom(held *Held, row *FactRow, target string, old Value) int64 {
	switch {
	case row.ValidFrom != 0:
		return row.ValidFrom
	case old.None() && !slices.Contains(held.Cleared, target):
		return metric.Always
	}
	return im.run.Time
}

// note keeps what later imports have to know of a step.
func (h *Held) note(target string, v Value, from int64) {
	i := slices.Index(h.Cleared, target)
	if v.None() && i < 0 {
		h.Cleared = append(h.Cleared, target)
	} else if !v.None() && i >= 0 {
		h.Cleared = slices.Delete(h.Cleared, i, i+1)
	}
	if from != metric.Always && from > h.ValidFrom {
		h.ValidFrom = from
	}
}

// customNames gives the custom fields a row may change: those it has, and
// those the record has, which it may clear.
func customNames(cur, in record) []string {
	if len(cur.custom()) == 0 && len(in.custom()) == 0 {
		return nil
	}
	names := make([]string, 0, len(in.custom()))
	for n := range in.custom() {
		names = append(names, n)
	}
	for n := range cur.custom() {
		if _, ok := in.custom()[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

func sameDay(a, b *minori.Day) bool {
	return (a == nil) == (b == nil) && (a == nil || *a == *b)
}
