package importer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/importer/rowio"
	"github.com/minori-hq/minori/metric"
)

func goodSource() Source {
	arr := "12"
	return Source{
		Name: "subs", Format: "csv", Files: "subs*.csv", Into: IntoSubscription, Key: []string{"id"}, Pos: minori.Position{File: "s.yaml", Line: 1, Column: 1},
		Options: Options{Delimiter: ";", Encoding: "Shift_JIS", TimeZone: "Asia/Tokyo", True: []string{"1"}, False: []string{"0"}, Null: []string{""}},
		Map: []Mapping{
			{Target: "id", Column: "id", Pos: minori.Position{File: "s.yaml", Line: 5, Column: 3}},
			{Target: "account", Column: "acct", Pos: minori.Position{File: "s.yaml", Line: 6, Column: 3}},
			{Target: "start", Expr: `row.year + "-01-01"`, Pos: minori.Position{File: "s.yaml", Line: 7, Column: 3}},
			{Target: "arr", Const: &arr, Pos: minori.Position{File: "s.yaml", Line: 8, Column: 3}},
			{Target: "fields.billing", Column: "billing", Pos: minori.Position{File: "s.yaml", Line: 9, Column: 3}},
		},
	}
}

func TestCheck(t *testing.T) {
	text := func(s string) *string { return &s }
	pos := minori.Position{File: "s.yaml", Line: 20, Column: 5}
	into := func(s *Source, into string, m ...Mapping) {
		s.Into, s.Map = into, nil
		for i := range m {
			m[i].Pos = pos
		}
		s.Map = m
	}
	event := func(s *Source, m ...Mapping) {
		into(s, IntoEvent, append([]Mapping{{Target: "name", Const: text("x")}, {Target: "account", Column: "a"}, {Target: "time", Column: "t"}}, m...)...)
	}
	tests := []struct {
		name   string
		change func(s *Source)
		want   []string // of each error: position, then a part of the message
	}{
		{"good", func(*Source) {}, nil},
		{"name", func(s *Source) { s.Name = "Subs!" }, []string{`s.yaml:1:1: "Subs!" cannot name a source`}},
		{"format", func(s *Source) { s.Format = "cvs" }, []string{`s.yaml:1:1: "cvs" is not a format that can be read (csv, jsonl, parquet, excel), did you mean "csv"?`}},
		{"parent directory", func(s *Source) { s.Files = "../x.csv" }, []string{`s.yaml:1:1: "../x.csv" is not a pattern below the input directory`}},
		{"absolute", func(s *Source) { s.Files = "/etc/passwd" }, []string{`s.yaml:1:1: "/etc/passwd" is not a pattern`}},
		{"bad pattern", func(s *Source) { s.Files = "[x" }, []string{`s.yaml:1:1: "[x" is not a pattern`}},
		{"no pattern", func(s *Source) { s.Files = "" }, []string{`s.yaml:1:1: "" is not a pattern`}},
		{"subdirectory", func(s *Source) { s.Files = "a/b?.csv" }, nil},
		{"key twice", func(s *Source) { s.Key = []string{"id", "id"} }, []string{`s.yaml:1:1: the column "id" stands twice in the key`}},
		{"delimiter", func(s *Source) { s.Options.Delimiter = "||" }, []string{`s.yaml:1:1: "||" cannot be a delimiter`}},
		{"tab", func(s *Source) { s.Options.Delimiter = "\t" }, nil},
		{"encoding", func(s *Source) { s.Options.Encoding = "utf-9" }, []string{`s.yaml:1:1: the encoding "utf-9" is not known`}},
		{"zone", func(s *Source) { s.Options.TimeZone = "Tokyo" }, []string{`s.yaml:1:1: "Tokyo" is not a time zone`}},
		{"machine's zone", func(s *Source) { s.Options.TimeZone = "Local" }, []string{`s.yaml:1:1: "Local" is not a time zone`}},
		{"true and false", func(s *Source) { s.Options.False = []string{"1"} }, []string{`s.yaml:1:1: "1" cannot mean both`}},
		{"into", func(s *Source) { s.Into = "subscriptions" }, []string{`s.yaml:1:1: "subscriptions" is not a target (rate, account, person, contact, subscription, event, point, ticket, churn, interaction, answer), did you mean "subscription"?`}},
		{"unknown target", func(s *Source) { s.Map[3].Target = "ar" }, []string{`s.yaml:8:3: subscription has no field "ar" (id, account,`, "s.yaml:1:1: map into subscription needs arr or mrr"}},
		{"missing target", func(s *Source) { s.Map = s.Map[1:] }, []string{"s.yaml:1:1: map into subscription needs id: name the column"}},
		{"both amounts", func(s *Source) { s.Map = append(s.Map, Mapping{Target: "mrr", Column: "m"}) }, []string{"s.yaml:1:1: only one of arr, mrr can be mapped"}},
		{"twice", func(s *Source) { s.Map = append(s.Map, Mapping{Target: "id", Column: "m", Pos: pos}) }, []string{"s.yaml:20:5: id is mapped twice"}},
		{"nothing given", func(s *Source) { s.Map[0].Column = "" }, []string{"s.yaml:5:3: the mapping of id needs exactly one of column, expr and const"}},
		{"two given", func(s *Source) { s.Map[0].Const = text("x") }, []string{"s.yaml:5:3: the mapping of id needs exactly one"}},
		{"type", func(s *Source) { s.Map[0].Type = "number" }, []string{"s.yaml:5:3: id has its own type; only properties are given one"}},
		{"no fields", func(s *Source) {
			into(s, IntoChurn, Mapping{Target: "account", Column: "a"}, Mapping{Target: "date", Column: "d"}, Mapping{Target: "fields.x", Column: "x"})
		}, []string{`s.yaml:20:5: churn has no field "fields.x"`}},
		{"subject missing", func(s *Source) {
			into(s, IntoEvent, Mapping{Target: "name", Const: text("x")}, Mapping{Target: "time", Column: "t"})
		}, []string{"s.yaml:1:1: map into event needs account or subscription or person"}},
		{"property", func(s *Source) { event(s, Mapping{Target: "properties.p", Column: "p", Type: "bool"}) }, nil},
		{"property's type", func(s *Source) { event(s, Mapping{Target: "properties.p", Column: "p", Type: "numbr"}) }, []string{`s.yaml:20:5: "numbr" is not a type (text, number, bool, date), did you mean "number"?`}},
		{"property's name", func(s *Source) { event(s, Mapping{Target: "properties.a b", Column: "p"}) }, []string{`s.yaml:20:5: "a b" cannot name a property`}},
		{"custom field", func(s *Source) {
			into(s, IntoAccount, Mapping{Target: "id", Column: "a"}, Mapping{Target: "fields.regio", Column: "r"})
		}, []string{`s.yaml:20:5: there is no field account.regio; define it with kind: Field, name: account.regio, did you mean "region"?`}},
		{"metric", func(s *Source) {
			into(s, IntoPoint, Mapping{Target: "metric", Const: text("usage.seat")}, Mapping{Target: "account", Column: "a"}, Mapping{Target: "time", Column: "t"}, Mapping{Target: "value", Column: "v"})
		}, []string{`s.yaml:20:5: there is no metric "usage.seat"; define it with kind: Metric, did you mean "usage.seats"?`}},
		{"event metric", func(s *Source) {
			into(s, IntoPoint, Mapping{Target: "metric", Const: text("usage.events")}, Mapping{Target: "account", Column: "a"}, Mapping{Target: "time", Column: "t"}, Mapping{Target: "value", Column: "v"})
		}, []string{"s.yaml:20:5: the metric usage.events is counted from events"}},
		{"expression", func(s *Source) { s.Map[2].Expr = "row.year +" }, []string{"s.yaml:7:3: the expression is wrong: Syntax error"}},
		{"expression's type", func(s *Source) { s.Map[2].Expr = "row.year + 1" }, []string{"s.yaml:7:3: the expression is wrong: found no matching overload for '_+_'"}},
		{"expression's result", func(s *Source) { s.Map[2].Expr = `row.year.split("-")` }, []string{"s.yaml:7:3: the expression gives list(string); it has to give a text"}},
		{"the whole row", func(s *Source) { s.Map[2].Expr = `size(row)` }, []string{`s.yaml:7:3: row stands for no single value; write row.column or row["column"]`}},
		{"a column computed", func(s *Source) { s.Map[2].Expr = `row[row.year]` }, []string{"s.yaml:7:3: the column has to be written out"}},
		{"has", func(s *Source) { s.Map[2].Expr = `has(row.year) ? "2024-01-01" : ""` }, []string{`s.yaml:7:3: has(row.year) is always true; write row.year != ""`}},
		{"a long expression", func(s *Source) { s.Map[2].Expr = `row.year` + strings.Repeat(" ", 5000) }, []string{"s.yaml:7:3: the expression has 5008 bytes"}},
	}
	known := Known{
		Fields:  []account.Field{{Name: "account.region"}, {Name: "person.region"}},
		Metrics: []metric.Metric{{Name: "usage.seats", Kind: metric.Gauge}, {Name: "usage.events", Kind: metric.Event}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := goodSource()
			tt.change(&s)
			err := s.Check(known)
			var errs minori.Errors
			if err != nil && !errors.As(err, &errs) {
				t.Fatalf("got %v", err)
			}
			ok := len(errs) == len(tt.want)
			for i := range errs {
				pos, part := "", ""
				if ok {
					pos, part, _ = strings.Cut(tt.want[i], ": ")
				}
				ok = ok && strings.HasPrefix(errs[i].Error(), pos+": ") && strings.Contains(errs[i].Error(), part)
			}
			if !ok {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestExpressions(t *testing.T) {
	columns := []string{"a", "n", "odd name", "empty"}
	values := []rowio.Value{{Text: "Core Pro"}, rowio.NumberValue("12"), {Text: "x"}, {Kind: rowio.Null}}
	tests := []struct{ src, want string }{
		{`row.a.lowerAscii().replace(" ", "-")`, "text core-pro"},
		{`row["odd name"] + row.n`, "text x12"},
		{`double(row.n) * 1.5`, "number 18"},
		{`int(row.n) + 1`, "number 13"},
		{`uint(row.n)`, "number 12"},
		{`row.empty == ""`, "bool true"},
		{`row.empty`, "null "},
		{`row.a.startsWith("Core") ? "core" : "other"`, "text core"},
		{`timestamp(int(row.n) * 100000000)`, "time 2008-01-10T21:20:00Z"},
		{`["x", "y"].exists(v, v == row["odd name"])`, "bool true"},
		{`{"x": "long"}[row["odd name"]]`, "text long"},
		{`row.a.split(" ")[1]`, "text Pro"},
		{`double(row.a)`, "fails for this row"},
		{`1 / int(row.empty == "" ? "0" : "1")`, "fails for this row"},
		{`1.0 / 0.0`, "number +Inf"},
		{`[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, [1,2,3,4,5,6,7,8,9,10].all(d, [1,2,3,4,5,6,7,8,9,10].all(e, [1,2,3,4,5,6,7,8,9,10].all(f, a+b+c+d+e+f > 0))))))`, "fails for this row"},
	}
	lang, err := newLanguage()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		e, err := lang.compile(tt.src)
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		for _, name := range e.columns {
			at := -1
			for i := range columns {
				if columns[i] == name {
					at = i
				}
			}
			e.at = append(e.at, at)
		}
		v, err := e.eval(values)
		got := fmt.Sprintf("%s %s", v.Kind, v.Text)
		if err != nil {
			got = err.Error()
		}
		if got != tt.want && (err == nil || !strings.Contains(got, tt.want)) {
			t.Errorf("%s: got %q, want %q", tt.src, got, tt.want)
		}
	}
}

func TestOrdinals(t *testing.T) {
	var o ordinals
	for round := range uint32(3) {
		for i := range uint64(50_000) {
			n, ok := o.next(sum(appendText(nil, fmt.Sprint(i))))
			if n != round || !ok {
				t.Fatalf("row %d in round %d: %d %v", i, round, n, ok)
			}
		}
	}
	if o.n != 50_000 {
		t.Errorf("%d rows", o.n)
	}
}

func TestIdentity(t *testing.T) {
	text := func(s ...string) []rowio.Value {
		var out []rowio.Value
		for _, s := range s {
			out = append(out, rowio.Value{Text: s})
		}
		return out
	}
	null := rowio.Value{Kind: rowio.Null}
	key := func(at []int, names []string, v []rowio.Value) metric.Hash {
		id := &identity{key: at}
		id.columns(names)
		h, _, _ := id.of(v)
		return h
	}
	ab := []string{"a", "b"}
	if key([]int{0, 1}, ab, text("x", "yz")) == key([]int{0, 1}, ab, text("xy", "z")) {
		t.Error("the bounds of key columns are lost")
	}
	if key([]int{0, 1}, ab, append(text("x"), null)) == key([]int{0, 1}, ab, text("x", "")) {
		t.Error("nothing and an empty text are the same key")
	}
	if key(nil, ab, text("x", "y")) != key(nil, []string{"b", "a"}, text("y", "x")) {
		t.Error("the order of columns changes a row's identity")
	}
	if key(nil, ab, text("x", "y")) != key(nil, []string{"a", "b", "c"}, append(text("x", "y"), null)) {
		t.Error("an empty column changes a row's identity")
	}
	if key(nil, ab, text("x", "y")) == key(nil, ab, text("y", "x")) {
		t.Error("the names of columns are lost")
	}
	id := &identity{}
	id.columns(ab)
	first, _, _ := id.of(text("x", "y"))
	second, _, _ := id.of(text("x", "y"))
	if first == second {
		t.Error("equal rows are one")
	}
}
