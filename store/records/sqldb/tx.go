package sqldb

import (
	"context"
	"database/sql"
	"errors"
)

// Pool is the connections that write, for libraries that keep tables of their
// own in the store. On SQLite there is one connection: whoever uses it inside a
// transaction without using Tx waits for ever.
func (d *DB) Pool() *sql.DB { return d.write }

// Tx gives the transaction of a context, nil if it carries none.
func (d *DB) Tx(ctx context.Context) *sql.Tx {
	if st := d.state(ctx); st != nil {
		return st.tx
	}
	return nil
}

// Alone runs fn while no other process does with the same number. It is for
// what cannot be one transaction. A SQLite file has one owner anyway.
func (d *DB) Alone(ctx context.Context, number int64, fn func(ctx context.Context) error) (err error) {
	if !d.postgres {
		return fn(ctx)
	}
	conn, err := d.numbers.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", number); err != nil {
		return translate(err)
	}
	defer func() {
		_, uerr := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", number)
		err = errors.Join(err, translate(uerr))
	}()
	return fn(ctx)
}
