package engine

import (
	"context"
	"database/sql"
	"database/sql/driver"

	duck "github.com/duckdb/duckdb-go/v2"

	"github.com/minori-hq/minori/text"
)

// Functions gives the database fold(text), the form in which texts are
// searched: the same code folds what is looked for.
func Functions(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	varchar, err := duck.NewTypeInfo(duck.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	return duck.RegisterScalarUDF(conn, "fold", fold{duck.ScalarFuncConfig{InputTypeInfos: []duck.TypeInfo{varchar}, ResultTypeInfo: varchar}})
}

// fold is text.Fold in the database.
type fold struct{ config duck.ScalarFuncConfig }

// Config implements duck.ScalarFunc.
func (f fold) Config() duck.ScalarFuncConfig { return f.config }

// Executor implements duck.ScalarFunc.
func (fold) Executor() duck.ScalarFuncExecutor {
	return duck.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		s, _ := values[0].(string) // no value is not passed in
		return text.Fold(s), nil
	}}
}
