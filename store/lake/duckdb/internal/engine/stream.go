package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// Rows of a batch, and reasons packed into one integer of a transfer.
const (
	batchRows = 8192
	perPack   = 20
)

// Stream reads a select with subject, c<i>, r<i> in columns. The reasons of
// twenty columns travel as one integer, three bits each.
func Stream(ctx context.Context, db *sql.DB, from lake.SQL, types []metric.Type, fn func(*metric.Batch) error) error {
	n := len(types)
	text := "SELECT subject"
	for i := range n {
		text += fmt.Sprintf(", c%d", i)
	}
	for i := 0; i < n; i++ {
		sep := " + "
		if i%perPack == 0 {
			sep = ", "
		}
		text += fmt.Sprintf("%s(r%d::BIGINT << %d)", sep, i, 3*(i%perPack))
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error {
		args, err := named(from.Args)
		if err != nil {
			return err
		}
		rows, err := c.(driver.QueryerContext).QueryContext(ctx, text+" FROM ("+from.Text+") s ORDER BY subject", args)
		if err != nil {
			return err
		}
		defer rows.Close()
		return pull(ctx, rows, types, fn)
	})
}

// named makes driver arguments.
func named(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		v, err := driver.DefaultParameterConverter.ConvertValue(a)
		if err != nil {
			return nil, err
		}
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out, nil
}

// pull turns driver rows into batches.
func pull(ctx context.Context, rows driver.Rows, types []metric.Type, fn func(*metric.Batch) error) error {
	n := len(types)
	b := &metric.Batch{Columns: make([]metric.Column, n)}
	for i, t := range types {
		b.Columns[i] = metric.Column{Type: t, Reason: make([]metric.Reason, 0, batchRows)}
		if t == metric.Text {
			b.Columns[i].Text = make([]string, 0, batchRows)
		} else {
			b.Columns[i].Num = make([]float64, 0, batchRows)
		}
	}
	flush := func() error {
		if len(b.Subjects) == 0 {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(b); err != nil {
			return err
		}
		b.Subjects = b.Subjects[:0]
		for i := range b.Columns {
			c := &b.Columns[i]
			c.Num, c.Text, c.Reason = c.Num[:0], c.Text[:0], c.Reason[:0]
		}
		return nil
	}
	row := make([]driver.Value, 1+n+(n+perPack-1)/perPack)
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return flush()
		}
		if err != nil {
			return err
		}
		b.Subjects = append(b.Subjects, minori.ID(row[0].(int64)))
		for i := range b.Columns {
			c := &b.Columns[i]
			pack := row[1+n+i/perPack].(int64)
			c.Reason = append(c.Reason, metric.Reason(pack>>(3*(i%perPack))&7))
			if c.Type == metric.Text {
				s, _ := row[1+i].(string)
				c.Text = append(c.Text, s)
			} else {
				f, _ := row[1+i].(float64)
				c.Num = append(c.Num, f)
			}
		}
		if len(b.Subjects) == batchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
}
