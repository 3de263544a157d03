package lake

import "strings"

// SQL is a piece of a statement with the arguments of its placeholders, in
// the order of the text.
type SQL struct {
	Text string
	Args []any
}

// X fills a template: each '?' takes the next part. A part of type SQL is
// spliced in with its arguments, any other becomes a placeholder with that
// value. Templates are ours alone: names and values of users never stand in them.
func X(template string, parts ...any) SQL {
	var b strings.Builder
	var args []any
	for _, p := range parts {
		i := strings.IndexByte(template, '?')
		if i < 0 {
			panic("lake: more parts than places in " + template)
		}
		b.WriteString(template[:i])
		template = template[i+1:]
		if s, ok := p.(SQL); ok {
			b.WriteString(s.Text)
			args = append(args, s.Args...)
			continue
		}
		b.WriteByte('?')
		args = append(args, p)
	}
	if strings.IndexByte(template, '?') >= 0 {
		panic("lake: fewer parts than places before " + template)
	}
	b.WriteString(template)
	return SQL{b.String(), args}
}

// Raw is text without arguments.
func Raw(s string) SQL { return SQL{Text: s} }

// Join writes the parts with sep between them.
func Join(sep string, parts []SQL) SQL {
	var b strings.Builder
	var args []any
	for i, p := range parts {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(p.Text)
		args = append(args, p.Args...)
	}
	return SQL{b.String(), args}
}

// Values writes the values as placeholders with commas between.
func Values[T any](vs []T) SQL {
	parts := make([]SQL, len(vs))
	for i, v := range vs {
		parts[i] = X("?", v)
	}
	return Join(", ", parts)
}
