package lake

// Dialect is everything in which the statements of one backend differ from
// those of another. What is not here is plain SQL both understand:
// sub-selects, CASE inside aggregates, GROUP BY, LEFT JOIN of two.
type Dialect struct {
	// Types of nullable columns.
	Double, Text, Small, Big string
	// JoinDefaults says that a LEFT JOIN gives zeros instead of NULL for rows
	// without a match; columns are then guarded by the source's hit column.
	JoinDefaults bool
	// Finite tests that a number is neither infinite nor NaN.
	Finite func(x SQL) SQL
	// ArgMax is the aggregate giving x of the row with the greatest (at, seq);
	// at and seq are 64-bit integers.
	ArgMax func(x, at, seq SQL) SQL
	// CountDays is the aggregate counting the distinct days of rows that meet
	// cond; they lie among the given number of days from the column from on.
	CountDays func(cond, from SQL, days int32) SQL
	// NextDay gives, for the rows of table (subject, metric, l1, l2, l3, day,
	// v), the same with nxt: the next day of the same series, or NULL.
	NextDay func(table SQL) SQL
	// Round rounds to whole numbers, halves away from zero.
	Round func(x SQL) SQL
	// StartsWith, EndsWith and Contains test texts by bytes.
	StartsWith, EndsWith, Contains func(a, b SQL) SQL
	// ParseNumber reads a text of metric.NumberPattern as a number (infinite if
	// it is too large), NULL if it spells none.
	ParseNumber func(x SQL) SQL
	// Property gives a scalar property of the JSON column as text, NULL if it
	// is missing, null or no scalar.
	Property func(column SQL, name string) SQL
}
