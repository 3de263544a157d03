package measure

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Expr is a checked expression. It never changes and may be used by several
// goroutines.
type Expr struct {
	Name   string      // of the measure; "" for conditions
	Title  minori.Text // of the measure
	Unit   string      // of the measure
	Kind   minori.SubjectKind
	Source string // as written
	Type   metric.Type

	parsed  *ast.AST // as written
	checked *ast.AST // integers as doubles, names as terms, with types
	terms   []*term
	scores  bool
	lang    *language

	once    sync.Once
	program cel.Program
	err     error
}

// String writes the expression in one canonical form; checking that gives the
// same expression.
func (e *Expr) String() string { return unparse(e.parsed.Expr(), e.parsed.SourceInfo()) }

// unparse writes a part of an expression on one line.
func unparse(x ast.Expr, info *ast.SourceInfo) string {
	s, err := parser.Unparse(x, info, parser.EscapeIdentifiers(true), parser.WrapOnColumn(2*MaxSource))
	if err != nil {
		return ""
	}
	return s
}

// NeedsScores reports whether the expression uses score, score_change, band or
// open_calls, so that it can only be computed in a second stage.
func (e *Expr) NeedsScores() bool { return e.scores }

// Dependencies is what an expression uses directly, each sorted.
type Dependencies struct {
	Measures   []string
	Metrics    []string
	Fields     []string // attributes, computed ones too, without "account." or "person."
	Properties []string // in filters of metrics
	Scorecards []string
	OpenCalls  []string // types of calls to action
	Columns    []Column // scores, bands and open calls as they are read
}

// Dependencies gives what the expression uses directly.
func (e *Expr) Dependencies() Dependencies {
	var d Dependencies
	for _, t := range e.terms {
		switch {
		case t.kind == termMeasure:
			d.Measures = append(d.Measures, t.measure.Name)
		case t.leaf.Kind == metric.LeafMetric:
			d.Metrics = append(d.Metrics, t.leaf.Metric.Name)
			if t.kind == termPer {
				d.Fields = append(d.Fields, t.by)
			}
		case t.leaf.Kind == metric.LeafProperty:
			d.Properties = append(d.Properties, t.leaf.Column)
		case t.leaf.Kind != metric.LeafColumn:
			_, field, _ := strings.Cut(t.name, ".")
			d.Fields = append(d.Fields, field)
		default:
			d.Columns = append(d.Columns, t.column)
			if t.column.Fn == "open_calls" {
				d.OpenCalls = append(d.OpenCalls, t.column.Of)
			} else {
				d.Scorecards = append(d.Scorecards, t.column.Of)
			}
		}
	}
	for _, names := range []*[]string{&d.Measures, &d.Metrics, &d.Fields, &d.Properties, &d.Scorecards, &d.OpenCalls} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	slices.SortFunc(d.Columns, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	return d
}

// Check parses and type-checks an expression. pos is where its first character
// stands in the user's file, zero if it is in none. What is wrong with it comes
// as minori.Errors, each with its position.
func Check(src string, pos minori.Position, env *Env) (*Expr, error) {
	c, err := parse(src, pos, env)
	if err != nil {
		return nil, err
	}
	return c.finish()
}

// Condition checks an expression that must be a boolean.
func Condition(src string, pos minori.Position, env *Env) (*Expr, error) {
	e, err := Check(src, pos, env)
	if err != nil {
		return nil, err
	}
	if e.Type != metric.Bool {
		return nil, minori.Errors{invalid(newSource(src, pos).at(0), "a condition must be true or false, but this is %s", e.Type)}
	}
	return e, nil
}

// invalid makes an error about what the user wrote at pos.
func invalid(pos minori.Position, format string, args ...any) *minori.Error {
	e := minori.Errorf(minori.Invalid, format, args...)
	e.Pos = pos
	return e
}

// checking is an expression on its way from text to Expr.
type checking struct {
	source
	env    *Env
	lang   *language
	parsed *ast.AST // as written
	work   *ast.AST // rewritten
	fac    ast.ExprFactory
	lastID int64
	terms  []*term
	index  map[string]int // of terms by kind and name
	scores bool
	errs   minori.Errors
}

// parse reads the text and bounds it.
func parse(src string, pos minori.Position, env *Env) (*checking, error) {
	s := newSource(src, pos)
	switch {
	case len(src) > MaxSource:
		return nil, minori.Errors{invalid(s.at(0), "the expression is longer than %d bytes: split it into measures", MaxSource)}
	case strings.TrimSpace(src) == "":
		return nil, minori.Errors{invalid(s.at(0), "the expression is empty")}
	case !utf8.ValidString(src):
		return nil, minori.Errors{invalid(s.at(0), "the expression is not UTF-8 text")}
	}
	lang, err := env.language()
	if err != nil {
		return nil, err
	}
	parsed, errs := lang.parser.Parse(common.NewTextSource(src))
	if found := errs.GetErrors(); len(found) > 0 {
		return nil, minori.Errors{s.syntaxError(found[0])}
	}
	c := &checking{
		source: s, env: env, lang: lang, parsed: parsed, work: ast.Copy(parsed), fac: ast.NewExprFactory(), lastID: ast.MaxID(parsed),
		index: map[string]int{},
	}
	if ast.ExceedsDepth(parsed, MaxDepth) || ast.NodeCount(parsed) > MaxNodes {
		return nil, minori.Errors{s.tooLarge()}
	}
	return c, nil
}

// tooLarge is the error for expressions beyond the bounds.
func (s source) tooLarge() *minori.Error {
	return invalid(s.at(0), "the expression is too large (at most %d levels and %d parts): split it into measures", MaxDepth, MaxNodes)
}

// syntaxError says what the parser did not understand.
func (s source) syntaxError(e *common.Error) *minori.Error {
	msg := strings.TrimPrefix(e.Message, "Syntax error: ")
	if strings.Contains(msg, "limit") {
		return s.tooLarge()
	}
	offset := s.offset(e.Location)
	switch s.word(offset) {
	case "=":
		msg = "= is not an operator: write == to compare"
	case "and", "AND":
		msg = "write && for and"
	case "or", "OR":
		msg = "write || for or"
	case "":
		msg = "the expression ends too early"
	}
	if msg == "invalid int literal" {
		msg = "the number is too large: write it with a decimal point"
	}
	if before := strings.TrimRight(string(s.runes[:min(offset, len(s.runes))]), " "); before == "not" {
		msg = "write ! for not"
	}
	return invalid(s.at(offset), "the expression cannot be read: %s", msg)
}

// offset gives the offset of a place the parser names.
func (s source) offset(l common.Location) int {
	line, offset := 1, 0
	for ; line < l.Line() && offset < len(s.runes); offset++ {
		if s.runes[offset] == '\n' {
			line++
		}
	}
	return offset + max(0, l.Column())
}

// finish resolves names, rewrites the tree and checks its types.
func (c *checking) finish() (*Expr, error) {
	c.walk(c.work.Expr(), 0)
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	checked, errs := checker.Check(c.work, common.NewTextSource(c.text), c.lang.check)
	for _, e := range errs.GetErrors() {
		c.errs = append(c.errs, c.typeError(e))
	}
	if len(c.errs) > 0 {
		return nil, c.errs
	}
	t := typeOf(checked.GetType(checked.Expr().ID()))
	if t == 0 {
		return nil, minori.Errors{invalid(c.at(0), "the expression has no value")}
	}
	return &Expr{
		Kind: c.env.Kind, Source: c.text, Type: t,
		parsed: c.parsed, checked: checked, terms: c.terms, scores: c.scores, lang: c.lang,
	}, nil
}

// typeOf gives our type for one of CEL's, 0 for none.
func typeOf(t *types.Type) metric.Type {
	switch t.Kind() {
	case types.DoubleKind:
		return metric.Number
	case types.BoolKind:
		return metric.Bool
	case types.StringKind:
		return metric.Text
	}
	return 0
}

// typeError says which operands do not fit.
func (c *checking) typeError(e *common.Error) *minori.Error {
	offset := c.offset(e.Location)
	ast.PreOrderVisit(c.parsed.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.ID() == e.ExprID {
			offset = c.start(x)
		}
	}))
	parts := strings.Split(e.Message, "'")
	switch {
	case strings.HasPrefix(e.Message, "expected type") && len(parts) > 3:
		return invalid(c.at(offset), "this must be %s, but it is %s", typeName(parts[1]), typeName(parts[3]))
	case !strings.HasPrefix(e.Message, "found no matching overload") || len(parts) < 4:
		return invalid(c.at(offset), "%s", e.Message)
	}
	name, operands := parts[1], strings.NewReplacer(".(", ", ", "(", "", ")", "").Replace(parts[3])
	shown, _ := signOf(name)
	var are []string
	for o := range strings.SplitSeq(operands, ", ") {
		are = append(are, typeName(o))
	}
	return invalid(c.at(offset), "%s takes %s, not %s", shown, c.lang.functions[name].takes, strings.Join(are, " and "))
}

// signOf gives how an operator is written, or for functions their name.
func signOf(name string) (shown string, sign bool) {
	if name == operators.Conditional {
		return "?:", true
	}
	if s, ok := operators.FindReverse(name); ok && s != "" {
		return s, true
	}
	return name, false
}

// typeName names a CEL type for messages.
func typeName(t string) string {
	if elem, ok := strings.CutPrefix(t, "list"); ok {
		return fmt.Sprintf("a list of %ss", strings.TrimPrefix(typeName(elem), "a "))
	}
	switch t {
	case "double":
		return metric.Number.String()
	case "bool":
		return metric.Bool.String()
	case "string":
		return metric.Text.String()
	}
	return t
}
