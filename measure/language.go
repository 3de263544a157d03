package measure

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/containers"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/parser"
)

// Bounds of an expression.
const (
	MaxSource = 4096 // bytes
	MaxDepth  = 100  // nesting, counting each step of a chain of + or *
	MaxNodes  = 2000 // names, literals and calls
	maxArgs   = 16   // of min and max
)

// Names that stand in a checked expression and cannot be written: the values
// of the evaluation and the functions that read a term from them.
const (
	valuesName = "@values"
	numberTerm = "@number"
	boolTerm   = "@bool"
	textTerm   = "@text"
)

// language is the closed list of operators and functions, prepared: a parser,
// an environment to check against and one to evaluate in. It never changes
// once made and may be used by several goroutines.
type language struct {
	parser    *parser.Parser
	check     *checker.Env
	eval      *cel.Env
	functions map[string]function
}

// how says what is done with a call before it is type-checked.
type how uint8

const (
	howOperator how = iota // operands are expressions
	howCall                // arguments are expressions
	howMember              // the same, for x.f(y)
	howMetric              // a metric and perhaps a window
	howExtreme             // min, max: of a metric or of numbers
	howPer
	howMeasure
	howScore
	howScoreChange
	howBand
	howOpenCalls
)

// function describes an operator or function.
type function struct {
	how   how
	min   int    // least and
	max   int    // most arguments, without the receiver
	takes string // for messages: what the operands must be
	usage string // for messages: an example
}

// functionList gives the closed list.
func functionList() map[string]function {
	numbers, booleans := "two numbers", "two booleans"
	ordered, same := "two numbers or two texts", "two values of one type"
	texts := "a text on both sides"
	return map[string]function{
		operators.Add:           {takes: numbers},
		operators.Subtract:      {takes: numbers},
		operators.Multiply:      {takes: numbers},
		operators.Divide:        {takes: numbers},
		operators.Negate:        {takes: "a number"},
		operators.Equals:        {takes: same},
		operators.NotEquals:     {takes: same},
		operators.Less:          {takes: ordered},
		operators.LessEquals:    {takes: ordered},
		operators.Greater:       {takes: ordered},
		operators.GreaterEquals: {takes: ordered},
		operators.LogicalAnd:    {takes: booleans},
		operators.LogicalOr:     {takes: booleans},
		operators.LogicalNot:    {takes: "a boolean"},
		operators.Conditional:   {takes: "a boolean and then two values of one type"},
		operators.In:            {takes: "a value and a list of literals of its type"},
		"startsWith":            {how: howMember, min: 1, max: 1, takes: texts, usage: `account.name.startsWith("A")`},
		"endsWith":              {how: howMember, min: 1, max: 1, takes: texts, usage: `account.name.endsWith("Ltd")`},
		"contains":              {how: howMember, min: 1, max: 1, takes: texts, usage: `account.name.contains("Bank")`},
		"or":                    {how: howMember, min: 1, max: 1, takes: same, usage: `account.seats.or(0)`},
		"abs":                   {how: howCall, min: 1, max: 1, takes: "a number", usage: "abs(x)"},
		"round":                 {how: howCall, min: 1, max: 1, takes: "a number", usage: "round(x)"},
		"double":                {how: howCall, min: 1, max: 1, takes: "a number, a boolean or a text", usage: "double(x)"},
		"known":                 {how: howCall, min: 1, max: 1, takes: "a value", usage: "known(x)"},
		"min":                   {how: howExtreme, min: 2, max: maxArgs, takes: "numbers", usage: `min(x, y) or min("usage.login", "28d")`},
		"max":                   {how: howExtreme, min: 2, max: maxArgs, takes: "numbers", usage: `max(x, y) or max("usage.login", "28d")`},
		"sum":                   {how: howMetric, min: 2, max: 2, usage: `sum("usage.login", "28d")`},
		"avg":                   {how: howMetric, min: 2, max: 2, usage: `avg("usage.login", "28d")`},
		"count":                 {how: howMetric, min: 2, max: 2, usage: `count("usage.login", "28d")`},
		"actors":                {how: howMetric, min: 2, max: 2, usage: `actors("usage.login", "28d")`},
		"active_days":           {how: howMetric, min: 2, max: 2, usage: `active_days("usage.login", "28d")`},
		"change":                {how: howMetric, min: 2, max: 2, usage: `change("usage.login", "28d")`},
		"slope":                 {how: howMetric, min: 2, max: 2, usage: `slope("usage.login", "28d")`},
		"last":                  {how: howMetric, min: 1, max: 1, usage: `last("usage.seats")`},
		"days_since":            {how: howMetric, min: 1, max: 1, usage: `days_since("usage.login")`},
		"per":                   {how: howPer, min: 3, max: 3, usage: `per("usage.login", "28d", "seats")`},
		"measure":               {how: howMeasure, min: 1, max: 1, usage: `measure("adoption")`},
		"score":                 {how: howScore, min: 1, max: 1, usage: `score("health")`},
		"score_change":          {how: howScoreChange, min: 2, max: 2, usage: `score_change("health", "30d")`},
		"band":                  {how: howBand, min: 1, max: 1, usage: `band("health")`},
		"open_calls":            {how: howOpenCalls, min: 1, max: 1, usage: `open_calls("risk")`},
	}
}

// newLanguage prepares the language.
func newLanguage() (*language, error) {
	p, err := parser.NewParser(
		parser.EnablePrattParser(true),
		parser.MaxRecursionDepth(MaxDepth),
		parser.MaxExpressionNodeCount(MaxNodes),
		parser.ErrorRecoveryLimit(1),
	)
	if err != nil {
		return nil, err
	}
	eval, err := cel.NewCustomEnv(declarations()...)
	if err != nil {
		return nil, err
	}
	check, err := checker.NewEnv(containers.DefaultContainer, eval.CELTypeProvider())
	if err != nil {
		return nil, err
	}
	if err := check.AddIdents(eval.Variables()...); err != nil {
		return nil, err
	}
	for _, f := range eval.Functions() {
		if err := check.AddFunctions(f); err != nil {
			return nil, err
		}
	}
	return &language{parser: p, check: check, eval: eval, functions: functionList()}, nil
}

// declarations gives what a checked expression is made of, with types and
// with what each does in an evaluation.
func declarations() []cel.EnvOption {
	num, txt, boolean := cel.DoubleType, cel.StringType, cel.BoolType
	same := cel.TypeParamType("A")
	opts := []cel.EnvOption{
		cel.Variable(valuesName, valuesType()),
		termFunction(numberTerm, num), termFunction(boolTerm, boolean), termFunction(textTerm, txt),
		cel.Function(operators.Negate, cel.Overload("negate", []*cel.Type{num}, num, cel.UnaryBinding(negate))),
		cel.Function(operators.LogicalNot, cel.Overload("not", []*cel.Type{boolean}, boolean, cel.UnaryBinding(not))),
		cel.Function(operators.LogicalAnd, cel.Overload("and", []*cel.Type{boolean, boolean}, boolean)),
		cel.Function(operators.LogicalOr, cel.Overload("or_else", []*cel.Type{boolean, boolean}, boolean)),
		cel.Function(operators.Conditional, cel.Overload("choose", []*cel.Type{boolean, same, same}, same)),
		cel.Function(operators.Equals, cel.Overload("equal", []*cel.Type{same, same}, boolean)),
		cel.Function(operators.NotEquals, cel.Overload("different", []*cel.Type{same, same}, boolean)),
		cel.Function(operators.In, cel.Overload("within", []*cel.Type{same, cel.ListType(same)}, boolean, cel.BinaryBinding(within))),
		cel.Function("abs", cel.Overload("abs", []*cel.Type{num}, num, cel.UnaryBinding(absolute))),
		cel.Function("round", cel.Overload("round", []*cel.Type{num}, num, cel.UnaryBinding(roundWhole))),
		cel.Function("double",
			cel.Overload("double_number", []*cel.Type{num}, num, cel.UnaryBinding(toNumber)),
			cel.Overload("double_bool", []*cel.Type{boolean}, num, cel.UnaryBinding(toNumber)),
			cel.Overload("double_text", []*cel.Type{txt}, num, cel.UnaryBinding(toNumber))),
		cel.Function("known", cel.Overload("known", []*cel.Type{same}, boolean, cel.OverloadIsNonStrict(), cel.UnaryBinding(known))),
		cel.Function("or", cel.MemberOverload("or", []*cel.Type{same, same}, same, cel.OverloadIsNonStrict(), cel.BinaryBinding(orElse))),
		extreme("min", least), extreme("max", greatest),
	}
	for name, fn := range arithmetic() {
		opts = append(opts, cel.Function(name, cel.Overload("number"+name, []*cel.Type{num, num}, num, cel.BinaryBinding(fn))))
	}
	for name, fn := range orderings() {
		opts = append(opts, cel.Function(name,
			cel.Overload("number"+name, []*cel.Type{num, num}, boolean, cel.BinaryBinding(fn)),
			cel.Overload("text"+name, []*cel.Type{txt, txt}, boolean, cel.BinaryBinding(fn))))
	}
	for name, fn := range textTests() {
		opts = append(opts, cel.Function(name, cel.MemberOverload(name, []*cel.Type{txt, txt}, boolean, cel.BinaryBinding(fn))))
	}
	return opts
}

// termFunction declares the function that reads a term of type t.
func termFunction(name string, t *cel.Type) cel.EnvOption {
	return cel.Function(name, cel.Overload(name, []*cel.Type{valuesType(), cel.IntType}, t, cel.BinaryBinding(readTerm)))
}

// extreme declares min or max of two to maxArgs numbers.
func extreme(name string, fn func(a, b types.Double) types.Double) cel.EnvOption {
	var opts []cel.FunctionOpt
	args := []*cel.Type{cel.DoubleType}
	for len(args) < maxArgs {
		args = append(args, cel.DoubleType)
		opts = append(opts, cel.Overload(name+string(rune('a'+len(args))), append([]*cel.Type(nil), args...), cel.DoubleType))
	}
	return cel.Function(name, append(opts, cel.SingletonFunctionBinding(fold(fn)))...)
}
