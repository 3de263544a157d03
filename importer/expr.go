package importer

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"github.com/minori-hq/minori/importer/rowio"
)

// Bounds of an expression over a row.
const (
	maxExpr     = 4096      // bytes of its text
	maxExprCost = 1_000_000 // steps for one row, as CEL counts them
)

// language compiles the expressions of one source.
type language struct{ env *cel.Env }

func newLanguage() (*language, error) {
	env, err := cel.NewEnv(
		cel.Variable("row", cel.MapType(cel.StringType, cel.StringType)),
		cel.DefaultUTCTimeZone(true),
		ext.Strings(ext.StringsVersion(4)),
	)
	if err != nil {
		return nil, fmt.Errorf("the expression language does not start: %w", err)
	}
	return &language{env: env}, nil
}

// expression is a compiled expression over row. It is used by one goroutine.
type expression struct {
	program cel.Program
	columns []string // it reads, in order of appearance
	at      []int    // their positions in the file, -1 for none
	row     map[string]string
	vars    map[string]any
}

// compile checks an expression; the error is a sentence without position.
func (l *language) compile(src string) (*expression, error) {
	if len(src) > maxExpr {
		return nil, fmt.Errorf("the expression has %d bytes; at most %d are taken", len(src), maxExpr)
	}
	checked, issues := l.env.Compile(src)
	if issues.Err() != nil {
		return nil, fmt.Errorf("the expression is wrong: %s", firstIssue(issues))
	}
	switch checked.OutputType().Kind() {
	case types.StringKind, types.IntKind, types.UintKind, types.DoubleKind, types.BoolKind, types.TimestampKind, types.DynKind:
	default:
		return nil, fmt.Errorf("the expression gives %s; it has to give a text, a number, a time, true or false", checked.OutputType())
	}
	e := &expression{row: map[string]string{}}
	if err := e.columnsOf(checked.NativeRep().Expr()); err != nil {
		return nil, err
	}
	var err error
	if e.program, err = l.env.Program(checked, cel.CostLimit(maxExprCost)); err != nil {
		return nil, fmt.Errorf("the expression is wrong: %w", err)
	}
	e.vars = map[string]any{"row": e.row}
	return e, nil
}

// firstIssue gives the first message of a check with its place.
func firstIssue(issues *cel.Issues) string {
	first := issues.Errors()[0]
	return fmt.Sprintf("%s (at character %d)", first.Message, first.Location.Column()+1)
}

// columnsOf finds the columns an expression reads. Any other use of row is an
// error, so that a misspelt column is found before the first row.
func (e *expression) columnsOf(x ast.Expr) error {
	const how = `write row.column or row["column"]`
	isRow := func(x ast.Expr) bool { return x.Kind() == ast.IdentKind && x.AsIdent() == "row" }
	note := func(name string) {
		if !slices.Contains(e.columns, name) {
			e.columns = append(e.columns, name)
		}
	}
	switch x.Kind() {
	case ast.IdentKind:
		if isRow(x) {
			return fmt.Errorf("row stands for no single value; %s", how)
		}
	case ast.SelectKind:
		if s := x.AsSelect(); isRow(s.Operand()) {
			if s.IsTestOnly() {
				return fmt.Errorf(`has(row.%[1]s) is always true; write row.%[1]s != ""`, s.FieldName())
			}
			note(s.FieldName())
			return nil
		}
	case ast.CallKind:
		c := x.AsCall()
		if c.FunctionName() == operators.Index && isRow(c.Args()[0]) {
			if name, ok := c.Args()[1].AsLiteral().(types.String); ok {
				note(string(name))
				return nil
			}
			return fmt.Errorf("the column has to be written out; %s", how)
		}
	}
	for _, part := range partsOf(x) {
		if err := e.columnsOf(part); err != nil {
			return err
		}
	}
	return nil
}

// partsOf gives the expressions directly inside another.
func partsOf(x ast.Expr) []ast.Expr {
	switch x.Kind() {
	case ast.SelectKind:
		return []ast.Expr{x.AsSelect().Operand()}
	case ast.CallKind:
		c := x.AsCall()
		if c.IsMemberFunction() {
			return append([]ast.Expr{c.Target()}, c.Args()...)
		}
		return c.Args()
	case ast.ListKind:
		return x.AsList().Elements()
	case ast.MapKind:
		var out []ast.Expr
		for _, entry := range x.AsMap().Entries() {
			m := entry.AsMapEntry()
			out = append(out, m.Key(), m.Value())
		}
		return out
	case ast.ComprehensionKind:
		c := x.AsComprehension()
		return []ast.Expr{c.IterRange(), c.AccuInit(), c.LoopCondition(), c.LoopStep(), c.Result()}
	case ast.StructKind:
		var out []ast.Expr
		for _, f := range x.AsStruct().Fields() {
			out = append(out, f.AsStructField().Value())
		}
		return out
	}
	return nil
}

// eval gives the value for a row; a column without a value is the empty text.
func (e *expression) eval(values []rowio.Value) (rowio.Value, error) {
	for i, name := range e.columns {
		text := ""
		if at := e.at[i]; at >= 0 && !values[at].IsNull() {
			text = values[at].Text
		}
		e.row[name] = text
	}
	out, _, err := e.program.Eval(e.vars)
	if err != nil {
		return rowio.Value{}, fmt.Errorf("the expression in the source's map fails for this row (%s); correct the row or the expression",
			strings.TrimSpace(clip(err.Error())))
	}
	return valueOf(out)
}

// valueOf makes a value of a file from the result of an expression.
func valueOf(v ref.Val) (rowio.Value, error) {
	switch x := v.(type) {
	case types.String:
		if x == "" {
			return rowio.Value{Kind: rowio.Null}, nil
		}
		return rowio.Value{Text: string(x)}, nil
	case types.Int:
		return rowio.NumberValue(fmt.Sprint(int64(x))), nil
	case types.Uint:
		return rowio.NumberValue(fmt.Sprint(uint64(x))), nil
	case types.Double:
		return rowio.NumberValue(formatNumber(float64(x))), nil
	case types.Bool:
		return rowio.BoolValue(bool(x)), nil
	case types.Timestamp:
		return rowio.TimeValue(x.Time), nil
	case types.Null:
		return rowio.Value{Kind: rowio.Null}, nil
	}
	return rowio.Value{}, fmt.Errorf("the expression in the source's map gives a %s for this row; it has to give a text, a number, a time, true or false",
		v.Type().TypeName())
}
