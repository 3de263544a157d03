package measure

import (
	"errors"
	"math"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/minori-hq/minori/metric"
)

// Round9 rounds to 9 decimals, the form in which measures and scores are kept.
// It is the same as the lake's round(x, 9): a number too large to be moved by
// nine places stays as it is.
func Round9(x float64) float64 {
	r := math.Round(x*1e9) / 1e9
	if math.IsInf(r, 0) || math.IsNaN(r) {
		return x
	}
	return r
}

// unknown is an unknown value in an evaluation. It travels as an error, so
// that && and || absorb it as three-valued logic has it.
type unknown struct{ reason metric.Reason }

// Error names the reason.
func (u *unknown) Error() string { return "unknown: " + u.reason.String() }

// unknownValue makes the value that stands for unknown.
func unknownValue(r metric.Reason) ref.Val { return types.WrapErr(&unknown{r}) }

// reasonOf gives the reason if err stands for an unknown value.
func reasonOf(err error) (metric.Reason, bool) {
	var u *unknown
	if errors.As(err, &u) {
		return u.reason, true
	}
	return metric.Known, false
}

// number makes a number, which must be finite.
func number(x float64) ref.Val {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return unknownValue(metric.NotFinite)
	}
	return types.Double(x)
}

// arithmetic gives + − * /.
func arithmetic() map[string]functions.BinaryOp {
	on := func(fn func(a, b float64) ref.Val) functions.BinaryOp {
		return func(l, r ref.Val) ref.Val {
			a, aok := l.(types.Double)
			b, bok := r.(types.Double)
			if !aok || !bok {
				return types.NoSuchOverloadErr()
			}
			return fn(float64(a), float64(b))
		}
	}
	return map[string]functions.BinaryOp{
		operators.Add:      on(func(a, b float64) ref.Val { return number(a + b) }),
		operators.Subtract: on(func(a, b float64) ref.Val { return number(a - b) }),
		operators.Multiply: on(func(a, b float64) ref.Val { return number(a * b) }),
		operators.Divide: on(func(a, b float64) ref.Val {
			if b == 0 {
				return unknownValue(metric.DivisionByZero)
			}
			return number(a / b)
		}),
	}
}

// orderings gives < <= > >= over numbers, and over texts by bytes.
func orderings() map[string]functions.BinaryOp {
	on := func(holds func(c int) bool) functions.BinaryOp {
		return func(l, r ref.Val) ref.Val {
			switch a := l.(type) {
			case types.Double:
				if b, ok := r.(types.Double); ok {
					return types.Bool(holds(compare(float64(a), float64(b))))
				}
			case types.String:
				if b, ok := r.(types.String); ok {
					return types.Bool(holds(strings.Compare(string(a), string(b))))
				}
			}
			return types.NoSuchOverloadErr()
		}
	}
	return map[string]functions.BinaryOp{
		operators.Less:          on(func(c int) bool { return c < 0 }),
		operators.LessEquals:    on(func(c int) bool { return c <= 0 }),
		operators.Greater:       on(func(c int) bool { return c > 0 }),
		operators.GreaterEquals: on(func(c int) bool { return c >= 0 }),
	}
}

// compare orders two finite numbers.
func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// textTests gives startsWith, endsWith and contains.
func textTests() map[string]functions.BinaryOp {
	on := func(fn func(s, t string) bool) functions.BinaryOp {
		return func(l, r ref.Val) ref.Val {
			s, sok := l.(types.String)
			t, tok := r.(types.String)
			if !sok || !tok {
				return types.NoSuchOverloadErr()
			}
			return types.Bool(fn(string(s), string(t)))
		}
	}
	return map[string]functions.BinaryOp{
		"startsWith": on(strings.HasPrefix),
		"endsWith":   on(strings.HasSuffix),
		"contains":   on(strings.Contains),
	}
}

// onNumber applies fn to a number.
func onNumber(v ref.Val, fn func(float64) float64) ref.Val {
	x, ok := v.(types.Double)
	if !ok {
		return types.NoSuchOverloadErr()
	}
	return number(fn(float64(x)))
}

func negate(v ref.Val) ref.Val     { return onNumber(v, func(x float64) float64 { return -x }) }
func absolute(v ref.Val) ref.Val   { return onNumber(v, math.Abs) }
func roundWhole(v ref.Val) ref.Val { return onNumber(v, math.Round) }

func not(v ref.Val) ref.Val {
	b, ok := v.(types.Bool)
	if !ok {
		return types.NoSuchOverloadErr()
	}
	return !b
}

// toNumber is double(x).
func toNumber(v ref.Val) ref.Val {
	switch x := v.(type) {
	case types.Double:
		return x
	case types.Bool:
		if x {
			return types.Double(1)
		}
		return types.Double(0)
	case types.String:
		n, reason := metric.ParseNumber(string(x))
		if reason != metric.Known {
			return unknownValue(reason)
		}
		return types.Double(n)
	}
	return types.NoSuchOverloadErr()
}

// known is known(x); it is called with unknown values too.
func known(v ref.Val) ref.Val { return types.Bool(!types.IsUnknownOrError(v)) }

// orElse is x.or(y); it is called with unknown values too.
func orElse(x, y ref.Val) ref.Val {
	if types.IsUnknownOrError(x) {
		return y
	}
	return x
}

// within is x in [a, b].
func within(x, list ref.Val) ref.Val {
	l, ok := list.(traits.Container)
	if !ok {
		return types.NoSuchOverloadErr()
	}
	return l.Contains(x)
}

func least(a, b types.Double) types.Double    { return min(a, b) }
func greatest(a, b types.Double) types.Double { return max(a, b) }

// fold applies fn from left to right over numbers.
func fold(fn func(a, b types.Double) types.Double) functions.FunctionOp {
	return func(args ...ref.Val) ref.Val {
		var best types.Double
		for i, a := range args {
			x, ok := a.(types.Double)
			switch {
			case !ok:
				return types.NoSuchOverloadErr()
			case i == 0:
				best = x
			default:
				best = fn(best, x)
			}
		}
		return best
	}
}

// valuesType is the type of the values an evaluation reads from.
func valuesType() *cel.Type { return cel.OpaqueType("minori.values") }
