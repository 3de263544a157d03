package lake

import (
	"fmt"

	minori "github.com/minori-hq/minori"
)

// windowed are the aggregates over windows of the daily rollups. The same
// aggregate serves different windows of different metrics: the bounds stand
// in a small table with one row per metric, joined to the rollups, which also
// keeps out the days that none of the metric's windows needs. A metric that
// does not use an aggregate has no bounds for it.
type windowed struct {
	slots
	windows []windowSlot
	byName  map[string][]int // slots by aggregate and labels
	lo      map[int64]int32  // earliest day by metric
	order   []int64          // metrics
}

// windowSlot is one aggregate with the window of each metric that uses it.
type windowSlot struct {
	agg    func(cond, from SQL) SQL
	merge  merge
	labels SQL
	days   map[int64][2]int32
}

// column gives the name of the pivoted column of an aggregate for a metric
// and window.
func (w *windowed) column(id int64, from, to int32, labels SQL, name string, m merge, agg func(cond, from SQL) SQL) string {
	if w.byName == nil {
		w.byName, w.lo = map[string][]int{}, map[int64]int32{}
	}
	lo, ok := w.lo[id]
	if !ok {
		lo = from
		w.order = append(w.order, id)
	}
	w.lo[id] = min(lo, from)

	key := fmt.Sprintf("%s %s %v", name, labels.Text, labels.Args)
	slot := -1
	for _, s := range w.byName[key] {
		days, used := w.windows[s].days[id]
		if !used || days == [2]int32{from, to} {
			slot = s
			break
		}
	}
	if slot < 0 {
		slot = len(w.windows)
		w.windows = append(w.windows, windowSlot{agg, m, labels, map[int64][2]int32{}})
		w.byName[key] = append(w.byName[key], slot)
	}
	w.windows[slot].days[id] = [2]int32{from, to}
	col := w.slots.column(id, Raw(fmt.Sprint(slot)), m)
	w.slots.window(minori.Day(from), minori.Day(to))
	return col
}

// rows gives the rollups that meet a further condition joined with the bounds,
// and makes the aggregates.
func (w *windowed) rows(further SQL) SQL {
	bounds := make([]SQL, len(w.order))
	for i, id := range w.order {
		cols := []SQL{X("CAST(? AS BIGINT) AS id", id), X("CAST(? AS INTEGER) AS lo", w.lo[id])}
		for j, s := range w.windows {
			from, to := Raw("CAST(NULL AS INTEGER)"), Raw("CAST(NULL AS INTEGER)")
			if d, ok := s.days[id]; ok {
				from, to = X("CAST(? AS INTEGER)", d[0]), X("CAST(? AS INTEGER)", d[1])
			}
			cols = append(cols, X(fmt.Sprintf("? AS f%d", j), from))
			if !w.ends(j) {
				cols = append(cols, X(fmt.Sprintf("? AS t%d", j), to))
			}
		}
		bounds[i] = X("SELECT ?", Join(", ", cols))
	}
	for j, s := range w.windows {
		from := Raw(fmt.Sprintf("f%d", j))
		cond := X("day >= ??", from, s.labels)
		if !w.ends(j) {
			cond = X(fmt.Sprintf("day >= ? AND day <= t%d?", j), from, s.labels)
		}
		w.aggs[j] = s.agg(cond, from)
	}
	return X("rollup JOIN (?) n ON metric = id WHERE day >= ? AND day <= ? AND day >= lo?",
		Join(" UNION ALL ", bounds), w.slots.from, w.slots.to, further)
}

// ends reports whether all windows of a slot end with the last day read.
func (w *windowed) ends(slot int) bool {
	for _, d := range w.windows[slot].days {
		if d[1] != w.slots.to {
			return false
		}
	}
	return true
}
