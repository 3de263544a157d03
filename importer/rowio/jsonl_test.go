package rowio

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
)

func TestJSONL(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 70) + "1" + strings.Repeat("}", 70)
	deepArray := `{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "}"
	tests := []struct {
		name, in  string
		opt       Options
		columns   string
		rows, bad []string
	}{
		{name: "empty", in: ""},
		{name: "kinds", in: `{"t":"x","n":1.50,"b":true,"z":null,"l":[1, {"a":2}]}` + "\n", columns: "t,n,b,z,l",
			rows: []string{`1:x|1.50|true|~|[1, {"a":2}]`}},
		{name: "nested", in: `{"a":{"b":{"c":1},"d":{}},"e":2}` + "\r\n\r\n" + `{"e":3}`, columns: "a.b.c,e",
			rows: []string{"1:1|2", "3:~|3"}},
		{name: "names that come later", in: `{"a":1}` + "\n" + `{"b":2}` + "\n", columns: "a,b",
			rows: []string{"1:1|~", "2:~|2"}},
		{name: "exact numbers", in: `{"a":12345678901234567890123,"b":-0.10e+400}` + "\n", columns: "a,b",
			rows: []string{"1:12345678901234567890123|-0.10e+400"}},
		{name: "escapes", in: `{"a":"\u5c71\ud83d\ude00\n\"\\","b\u002e":"=1+1"}` + "\n", columns: "a,b.",
			rows: []string{"1:山😀\n\"\\|=1+1"}},
		{name: "null texts", in: `{"a":"NULL","b":""}`, opt: Options{Null: []string{"NULL"}}, columns: "a,b",
			rows: []string{"1:~|"}},
		{name: "bad lines", in: "{\"a\":1}\nnonsense\n{\"a\":}\n[1]\n{\"a\":1} x\n{\"a\":2}\n", columns: "a",
			rows: []string{"1:1", "6:2"}, bad: []string{"2||not a JSON object", "3|a|a value is expected at character 6",
				"4||not a JSON object", "5||text behind"}},
		{name: "duplicates", in: `{"a":1,"a":2}` + "\n" + `{"a.b":1,"a":{"b":2}}` + "\n" + `{"a":{"x":1},"a":{"y":1}}`,
			columns: "a,a.b,a.x", bad: []string{"1|a|twice", "2|a.b|twice", "3|a|twice"}},
		{name: "deep", in: deep + "\n" + deepArray + "\n" + `{"b":1}`, columns: "a,b", rows: []string{"3:~|1"},
			bad: []string{"1|" + strings.TrimSuffix(strings.Repeat("a.", 64), ".") + "|nest deeper", "2|a|nest deeper"}},
		{name: "NUL, bytes, empty name", in: `{"a":"\u0000"}` + "\n{\"a\":\"\xff\"}\n" + `{"":1}` + "\n", columns: "a",
			bad: []string{"1|a|NUL", "2||encoding", "3||a name is empty"}},
		{name: "lone surrogate", in: `{"a":"\ud83d"}`, columns: "a", bad: []string{`1|a|\u escape`}},
		{name: "large", in: `{"a":"` + strings.Repeat("x", 300) + `"}` + "\n" + `{"a":"` + strings.Repeat("x", 5000) + `"}` +
			"\n" + `{"a":1}`, opt: Options{MaxField: 256}, columns: "a", rows: []string{"3:1"},
			bad: []string{"1|a|at most 256", "2||longer than 4096"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := readAll(t, write(t, "f.jsonl", tt.in), "jsonl", tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(res.columns, ","); got != tt.columns {
				t.Errorf("columns %q, want %q", got, tt.columns)
			}
			check(t, res, tt.rows, tt.bad)
		})
	}
}

func TestJSONLKindsAndGrowth(t *testing.T) {
	filler := strings.Repeat(`{"n":1}`+"\n", headSize/4)
	in := utf16Text(t, filler+`{"late":[],"b":false}`+"\n", unicode.LittleEndian, unicode.UseBOM)
	r, err := Open(write(t, "f.jsonl", in), "jsonl", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !slices.Equal(r.Columns(), []string{"n"}) || r.Info().Encoding != "utf-16le" {
		t.Fatalf("%v %v", r.Columns(), r.Info())
	}
	var row *Row
	for range headSize/4 + 1 {
		if row, err = r.Next(); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(row.Columns, []string{"n", "late", "b"}) {
		t.Errorf("columns %v", row.Columns)
	}
	if b, ok := row.Values[2].Bool(); b || !ok || row.Values[1].Kind != JSON || !row.Values[0].IsNull() {
		t.Errorf("values %v", row.Values)
	}
}

func TestJSONLTooManyNames(t *testing.T) {
	var b strings.Builder
	for i := range maxColumns + 1 {
		b.WriteString(`{"k` + itoa(i) + `":1}` + "\n")
	}
	res, err := readAll(t, write(t, "f.jsonl", b.String()), "jsonl", Options{})
	if err != nil || len(res.rows) != maxColumns || len(res.bad) != 1 || len(res.columns) != maxColumns {
		t.Errorf("%d rows, %v, %v", len(res.rows), res.bad, err)
	}
}

func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":{"b":[1,2,{"c":null}]},"d":"\u00e9\n"}`, `{"a":-0.5e+10,"b":true}`,
		`{"a":1,"a":2}`, `{"a"`, `[1]`, `{"a":"\ud83d\ude00"}`, `{"a":01}`, `{"":1}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		flat := NewFlattener(Options{})
		values, _, err := flat.Flatten(line)
		if err != nil {
			known := func(reason string) bool { return strings.Contains(err.Error(), reason) }
			refused := slices.ContainsFunc([]string{"not a JSON object", "twice", "nest deeper", "NUL", `\u escape`, "longer than"}, known)
			if json.Valid([]byte(line)) && !refused {
				t.Fatalf("refused %q: %v", line, err)
			}
			return
		}
		if !json.Valid([]byte(line)) {
			t.Fatalf("accepted %q", line)
		}
		if len(values) != len(flat.Columns()) {
			t.Fatalf("%d values for %v", len(values), flat.Columns())
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		for i, name := range flat.Columns() {
			if text, ok := object[name].(string); ok && values[i].Kind == Text && text != strings.ToValidUTF8(values[i].Text, "\uFFFD") &&
				strings.ToValidUTF8(text, "") == text && !strings.Contains(text, "\uFFFD") {
				t.Fatalf("%q: %q, want %q", name, values[i].Text, text)
			}
		}
	})
}
