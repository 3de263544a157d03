package read

import (
	"fmt"
	"slices"
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// Searched is the expression for what a search of a row looks into: its key and
// its texts, without the colours of scores and what takes most off them.
func Searched(key, row string, columns []Column) string {
	texts := []string{key}
	for i, c := range columns {
		if c.Type == metric.Text && !strings.HasPrefix(c.Name, "band:") && !strings.HasPrefix(c.Name, "drag:") {
			texts = append(texts, fmt.Sprintf("coalesce(%sc%d, '')", row, i))
		}
	}
	return "fold(" + strings.Join(texts, " || chr(10) || ") + ")"
}

// Patches gives the statements that put values of one column into a
// projection; none when it does not have the column.
func Patches(kind minori.SubjectKind, cols []Column, column string, values map[minori.ID]metric.Value) []lake.SQL {
	at := slices.IndexFunc(cols, func(c Column) bool { return c.Name == column })
	if at < 0 || len(values) == 0 {
		return nil
	}
	table := ListTable(kind)
	var out []lake.SQL
	ids := make([]int64, 0, len(values))
	for id, v := range values {
		var cell any
		switch {
		case v.Reason != metric.Known:
		case cols[at].Type == metric.Text:
			cell = v.Text
		default:
			cell = v.Num
		}
		out = append(out, lake.X(fmt.Sprintf("UPDATE %s SET c%d = ?, r%d = ? WHERE subject = ?", table, at, at), cell, int32(v.Reason), int64(id)))
		ids = append(ids, int64(id))
	}
	if cols[at].Type != metric.Text {
		return out
	}
	return append(out, lake.X("UPDATE "+table+" SET search = "+Searched("key", "", cols)+" WHERE subject IN (?)", lake.Values(ids)))
}

// Replaces gives the statements that put rows (subject, key, as_of, search and the
// columns) in the place of those of their subjects, or of all. Other rows keep
// what they have of the columns, and are unknown in new ones.
func Replaces(kind minori.SubjectKind, rows lake.SQL, fresh, old []Column, whole bool) (out []lake.SQL) {
	table := ListTable(kind)
	if !whole && len(old) > 0 {
		if slices.Equal(fresh, old) {
			return []lake.SQL{
				lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows),
				lake.Raw("DELETE FROM " + table + " WHERE subject IN (SELECT subject FROM new_list)"),
				lake.Raw("INSERT INTO " + table + " SELECT * FROM new_list"),
			}
		}
		keep := ""
		for _, c := range fresh {
			if j := slices.Index(old, c); j >= 0 {
				keep += fmt.Sprintf(", c%d, r%d", j, j)
			} else if c.Type == metric.Text {
				keep += fmt.Sprintf(", CAST(NULL AS VARCHAR), %d", metric.NoValue)
			} else {
				keep += fmt.Sprintf(", CAST(NULL AS DOUBLE), %d", metric.NoValue)
			}
		}
		out = append(out, lake.X("CREATE OR REPLACE TEMP TABLE new_list AS ?", rows))
		rows = lake.Raw("SELECT * FROM new_list UNION ALL SELECT subject, key, as_of, search" + keep + " FROM " + table +
			" WHERE subject NOT IN (SELECT subject FROM new_list)")
	}
	out = append(out,
		lake.X("CREATE OR REPLACE TABLE main."+table+" AS SELECT * FROM (?) n ORDER BY key", rows),
		lake.X("DELETE FROM list_column WHERE kind = ?", lake.KindID(kind)))
	for i, c := range fresh {
		out = append(out, lake.X("INSERT INTO list_column VALUES (?, ?, ?, ?)", lake.KindID(kind), int32(i), c.Name, int32(c.Type)))
	}
	return out
}
