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
