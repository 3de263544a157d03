package measure

import (
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// fail notes an error at an offset of the source.
func (c *checking) fail(offset int, format string, args ...any) {
	c.errs = append(c.errs, invalid(c.at(offset), format, args...))
}

// start gives the offset of what the parser names for x: its first character
// for literals and names, the sign for operators, the name for calls.
func (c *checking) start(x ast.Expr) int {
	r, ok := c.parsed.SourceInfo().GetOffsetRange(x.ID())
	offset := 0
	if ok {
		offset = int(r.Start)
	}
	switch x.Kind() {
	case ast.CallKind:
		if _, sign := signOf(x.AsCall().FunctionName()); !sign && x.AsCall().FunctionName() != operators.Index {
			return c.callName(offset)
		}
	case ast.SelectKind:
		if op := x.AsSelect().Operand(); op.Kind() == ast.IdentKind || op.Kind() == ast.SelectKind {
			return c.start(op)
		}
	}
	return offset
}

// walk rewrites x and what is below it: integers become doubles, names and
// calls that read something become terms. want is the type its place asks for,
// 0 if any will do; only properties need it.
func (c *checking) walk(x ast.Expr, want metric.Type) {
	switch x.Kind() {
	case ast.LiteralKind:
		c.literal(x)
	case ast.CallKind:
		c.call(x, want)
	case ast.SelectKind:
		c.attribute(x, want)
	case ast.IdentKind:
		c.ident(x)
	case ast.ListKind:
		c.fail(c.start(x), "a list can only stand after in, as in account.tier in [\"Gold\", \"Silver\"]")
	default:
		c.fail(c.start(x), "this is not part of the language: an expression is made of names, literals, operators and functions")
	}
}

// literal makes every number a double.
func (c *checking) literal(x ast.Expr) bool {
	switch v := x.AsLiteral().(type) {
	case types.String, types.Bool:
	case types.Double:
		x.SetKindCase(c.fac.NewLiteral(0, v+0)) // −0 is 0
	case types.Int:
		x.SetKindCase(c.fac.NewLiteral(0, types.Double(v)))
	case types.Uint:
		c.fail(c.start(x), "%vu is not part of the language: write %v", v, v)
		return false
	case types.Null:
		c.fail(c.start(x), "null is not part of the language: known(x) tests whether there is a value")
		return false
	default:
		c.fail(c.start(x), "only numbers, texts in quotes, true and false can be literals")
		return false
	}
	return true
}

// ident refuses a bare name.
func (c *checking) ident(x ast.Expr) {
	name := x.AsIdent()
	switch {
	case c.env.Properties:
		c.fail(c.start(x), "%s is not known here: a condition on events reads properties.name", name)
	case c.lang.functions[name].usage != "":
		c.fail(c.start(x), "%s is a function: write %s", name, c.lang.functions[name].usage)
	default:
		names := append(c.env.fieldNames(), sorted(c.lang.functions)...)
		c.fail(c.start(x), "there is no %s: attributes are written %s.name%s", name, c.env.Kind, nearest(name, names))
	}
}

// attribute resolves account.x, person.x and properties.x.
func (c *checking) attribute(x ast.Expr, want metric.Type) {
	sel := x.AsSelect()
	operand, name := sel.Operand(), sel.FieldName()
	if operand.Kind() != ast.IdentKind || sel.IsTestOnly() {
		c.fail(c.start(x), "%s is not part of the language: only account, person and properties have names after a dot", unparse(x, c.parsed.SourceInfo()))
		return
	}
	of := operand.AsIdent()
	switch {
	case c.env.Properties && of == "properties":
		if want == 0 {
			want = metric.Text
		}
		c.setTerm(x, &term{
			typ: want, name: "properties." + name,
			leaf: metric.Leaf{Kind: metric.LeafProperty, Type: want, Column: name},
		})
	case c.env.Properties:
		c.fail(c.start(x), "%s.%s is not known here: a condition on events reads properties.name", of, name)
	case of != string(c.env.Kind):
		hint := ""
		if of != string(minori.Account) && of != string(minori.Person) {
			hint = nearest(of, []string{string(c.env.Kind)})
		}
		c.fail(c.start(x), "%s.%s is not known here: the subject is %s%s", of, name, c.env.Kind, hint)
	default:
		c.field(x, name)
	}
}

// field resolves an attribute of the subject.
func (c *checking) field(x ast.Expr, name string) {
	t, ok := c.fieldTerm(name)
	if !ok {
		c.fail(c.start(x), "there is no %s.%s%s", c.env.Kind, name, nearest(name, c.env.fieldNames()))
		return
	}
	c.setTerm(x, t)
}

// fieldTerm gives the term for an attribute.
func (c *checking) fieldTerm(name string) (*term, bool) {
	shown := string(c.env.Kind) + "." + name
	if leaf, unit, ok := c.env.computed(name); ok {
		return &term{typ: leaf.Type, leaf: leaf, name: shown, unit: unit}, true
	}
	f, ok := c.env.Fields[name]
	if !ok || c.env.Properties {
		return nil, false
	}
	leaf := metric.Leaf{Kind: metric.LeafField, Type: f.Type, Field: f.ID}
	return &term{typ: f.Type, leaf: leaf, name: shown, title: f.Title, unit: f.Unit}, true
}

// setTerm puts a term in place of x.
func (c *checking) setTerm(x ast.Expr, t *term) {
	key := t.typ.String() + t.name
	i, ok := c.index[key]
	if !ok {
		i = len(c.terms)
		c.terms = append(c.terms, t)
		c.index[key] = i
	}
	read := map[metric.Type]string{metric.Number: numberTerm, metric.Bool: boolTerm, metric.Text: textTerm}[t.typ]
	x.SetKindCase(c.fac.NewCall(0, read,
		c.fac.NewIdent(c.nextID(), valuesName), c.fac.NewLiteral(c.nextID(), types.Int(i))))
}

// nextID gives an id for a new part of the tree.
func (c *checking) nextID() int64 {
	c.lastID++
	return c.lastID
}

// call rewrites an operator or function.
func (c *checking) call(x ast.Expr, want metric.Type) {
	call := x.AsCall()
	name, args := call.FunctionName(), call.Args()
	f, ok := c.lang.functions[name]
	if !ok {
		c.unknownFunction(x, name)
		return
	}
	if _, sign := signOf(name); sign {
		c.operator(name, args, want)
		c.foldNegation(x, name, args)
		return
	}
	if call.IsMemberFunction() != (f.how == howMember) || len(args) < f.min || len(args) > f.max {
		c.fail(c.start(x), "%s is written %s", name, f.usage)
		return
	}
	switch f.how {
	case howMember:
		c.member(name, call.Target(), args[0], want)
	case howExtreme:
		if isText(args[0]) {
			c.metricCall(x, name, args, f)
			return
		}
		c.walkAll(args, metric.Number)
	case howCall:
		c.walkAll(args, map[string]metric.Type{"abs": metric.Number, "round": metric.Number}[name])
	case howMetric:
		c.metricCall(x, name, args, f)
	case howPer:
		c.perCall(x, args)
	case howMeasure:
		c.measureCall(x, args[0])
	default:
		c.scoreCall(x, name, args)
	}
}

// unknownFunction refuses an operator or function that is not on the list.
func (c *checking) unknownFunction(x ast.Expr, name string) {
	shown, sign := signOf(name)
	switch {
	case name == operators.Index:
		c.fail(c.start(x), "x[y] is not part of the language")
	case sign:
		c.fail(c.start(x), "%s is not part of the language: the operators are + - * / == != < <= > >= && || ! ?: in", shown)
	default:
		var names []string
		for _, n := range sorted(c.lang.functions) {
			if c.lang.functions[n].usage != "" {
				names = append(names, n)
			}
		}
		c.fail(c.start(x), "there is no function %s%s", name, nearest(name, names))
	}
}

// walkAll walks operands that all must be of one type.
func (c *checking) walkAll(args []ast.Expr, want metric.Type) {
	for _, a := range args {
		c.walk(a, want)
	}
}

// operator rewrites the operands of an operator.
func (c *checking) operator(name string, args []ast.Expr, want metric.Type) {
	switch name {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot:
		c.walkAll(args, metric.Bool)
	case operators.Conditional:
		if want == 0 {
			want = c.either(args[1], args[2])
		}
		c.walk(args[0], metric.Bool)
		c.walkAll(args[1:], want)
	case operators.In:
		c.list(args)
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Negate:
		c.walkAll(args, metric.Number)
	default:
		c.walkAll(args, c.either(args[0], args[1]))
	}
}

// foldNegation makes one literal of a negated one, as the parser does without
// parentheses.
func (c *checking) foldNegation(x ast.Expr, name string, args []ast.Expr) {
	if name != operators.Negate || args[0].Kind() != ast.LiteralKind {
		return
	}
	if v, ok := args[0].AsLiteral().(types.Double); ok {
		x.SetKindCase(c.fac.NewLiteral(0, 0-v))
	}
}

// member rewrites x.or(y) and the tests of texts.
func (c *checking) member(name string, target, arg ast.Expr, want metric.Type) {
	if name != "or" {
		want = metric.Text
	} else if want == 0 {
		want = c.either(target, arg)
	}
	c.walk(target, want)
	c.walk(arg, want)
	if name == "or" && target.Kind() == ast.LiteralKind {
		c.fail(c.start(target), "a literal is always known: or() has nothing to replace")
	}
}

// list rewrites x in [a, b], whose elements are literals of one type.
func (c *checking) list(args []ast.Expr) {
	if args[1].Kind() != ast.ListKind || args[1].AsList().Size() == 0 {
		c.walk(args[0], 0)
		c.fail(c.start(args[1]), "after in stands a list of literals, as in account.tier in [\"Gold\", \"Silver\"]")
		return
	}
	elements := args[1].AsList().Elements()
	first := c.hint(elements[0])
	c.walk(args[0], first)
	for _, e := range elements {
		switch {
		case e.Kind() != ast.LiteralKind:
			c.fail(c.start(e), "the list after in holds literals only")
		case c.literal(e) && c.hint(e) != first:
			c.fail(c.start(e), "the list after in holds values of one type: this is %s, the first is %s", c.hint(e), first)
		}
	}
}

// either gives the type of x, else of y, as far as it shows.
func (c *checking) either(x, y ast.Expr) metric.Type {
	if t := c.hint(x); t != 0 {
		return t
	}
	return c.hint(y)
}

// hint gives the type of x as far as it shows without knowing any property;
// 0 if it does not.
func (c *checking) hint(x ast.Expr) metric.Type {
	switch x.Kind() {
	case ast.LiteralKind:
		switch x.AsLiteral().(type) {
		case types.Double, types.Int:
			return metric.Number
		case types.Bool:
			return metric.Bool
		case types.String:
			return metric.Text
		}
	case ast.CallKind:
		return c.callHint(x.AsCall())
	}
	return 0
}

// callHint is hint for calls.
func (c *checking) callHint(call ast.CallExpr) metric.Type {
	switch name := call.FunctionName(); name {
	case operators.Conditional:
		return c.either(call.Args()[1], call.Args()[2])
	case "or":
		if call.IsMemberFunction() && len(call.Args()) == 1 {
			return c.either(call.Target(), call.Args()[0])
		}
	case operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Negate,
		"abs", "round", "min", "max", "double", numberTerm:
		return metric.Number
	case textTerm:
		return metric.Text
	case boolTerm:
		return metric.Bool
	default:
		if f, ok := c.lang.functions[name]; ok && (f.how == howOperator || f.how == howMember || name == "known") {
			return metric.Bool
		}
	}
	return 0
}

// isText reports whether x is a text literal.
func isText(x ast.Expr) bool {
	_, ok := literalText(x)
	return ok
}

// literalText gives the text of a text literal.
func literalText(x ast.Expr) (string, bool) {
	if x.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := x.AsLiteral().(types.String)
	return string(s), ok
}
