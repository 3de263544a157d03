package engine

import (
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/store/lake"
)

// Dialect is how DuckDB writes what backends write differently.
func Dialect() lake.Dialect {
	fn := func(template string) func(a, b lake.SQL) lake.SQL {
		return func(a, b lake.SQL) lake.SQL { return lake.X(template, a, b) }
	}
	return lake.Dialect{
		Double: "DOUBLE", Text: "VARCHAR", Small: "TINYINT", Big: "BIGINT",
		Finite:     func(x lake.SQL) lake.SQL { return lake.X("isfinite(?)", x) },
		ArgMax:     ArgMax,
		CountDays:  countDays,
		NextDay:    nextDay,
		Round:      func(x lake.SQL) lake.SQL { return lake.X("round(?)", x) },
		StartsWith: fn("starts_with(?, ?)"),
		EndsWith:   fn("ends_with(?, ?)"),
		Contains:   fn("contains(?, ?)"),
		ParseNumber: func(x lake.SQL) lake.SQL {
			return lake.X("CASE WHEN regexp_full_match(?, ?) THEN coalesce(TRY_CAST(? AS DOUBLE), CAST('inf' AS DOUBLE)) END", x, metric.NumberPattern, x)
		},
		Property: func(column lake.SQL, name string) lake.SQL {
			p := pointer(name)
			return lake.X("CASE WHEN json_type(?, ?) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(?, ?) END", column, p, column, p)
		},
	}
}

// pointer gives the JSON pointer of a top-level property.
func pointer(name string) string {
	out := []byte{'/'}
	for i := range len(name) {
		switch name[i] {
		case '~':
			out = append(out, "~0"...)
		case '/':
			out = append(out, "~1"...)
		default:
			out = append(out, name[i])
		}
	}
	return string(out)
}

// ArgMax is the aggregate giving x of the row with the greatest (at, seq). It orders by both integers as one of 128 bits.
func ArgMax(x, at, seq lake.SQL) lake.SQL {
	return lake.X("arg_max(?, CAST(? AS HUGEINT) * 4611686018427387904 + ?)", x, at, seq)
}

// countDays counts set bits, 60 days a word; long windows count distinct days.
func countDays(cond, from lake.SQL, days int32) lake.SQL {
	if days > 240 {
		return lake.X("count(DISTINCT CASE WHEN ? THEN day END)", cond)
	}
	var words []lake.SQL
	for at := int32(0); at < days; at += 60 {
		words = append(words, lake.X("coalesce(bit_count(bit_or(CASE WHEN ? AND day >= ? + ? AND day < ? + ? THEN 1::BIGINT << (day - ? - ?)::BIGINT END)), 0)",
			cond, from, at, from, at+60, from, at))
	}
	return lake.X("(?)", lake.Join(" + ", words))
}

func nextDay(table lake.SQL) lake.SQL {
	return lake.X("SELECT *, lead(day) OVER (PARTITION BY subject, metric, l1, l2, l3 ORDER BY day) AS nxt FROM (?) n", table)
}

// LastOf gives the last points of the rollup rows of a source, by series.
func LastOf(rows lake.SQL) lake.SQL {
	at, seq := lake.Raw("last_at"), lake.Raw("last_seq")
	return lake.X("SELECT subject, metric, l1, l2, l3, max(day) AS day, ? AS last, max(last_at) AS last_at, ? AS last_seq FROM ? GROUP BY subject, metric, l1, l2, l3",
		ArgMax(lake.Raw("last"), at, seq), ArgMax(seq, at, seq), rows)
}
