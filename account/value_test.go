package account

import (
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
)

func TestParse(t *testing.T) {
	choice := Field{Name: "account.region", Type: FieldChoice, Options: []string{"north", "south"}}
	for _, c := range []struct {
		field Field
		in    string
		want  string // "!" for an error
	}{
		{Field{Type: FieldNumber}, "1.5", "1.5"},
		{Field{Type: FieldNumber}, "", ""},
		{Field{Type: FieldNumber}, "NaN", "!"},
		{Field{Type: FieldMoney}, "1e400", "!"},
		{Field{Type: FieldMoney}, "12,5", "!"},
		{Field{Type: FieldBool}, "TRUE", "1"},
		{Field{Type: FieldBool}, "ja", "!"},
		{Field{Type: FieldDate}, "2024-02-29", "2024-02-29"},
		{Field{Type: FieldDate}, "2023-02-29", "!"},
		{Field{Type: FieldDate}, "1899-12-31", "!"},
		{Field{Type: FieldText}, "漢字", "漢字"},
		{Field{Type: FieldText}, strings.Repeat("x", MaxText+1), "!"},
		{choice, "south", "south"},
		{choice, "sout", "!"},
	} {
		v, err := c.field.Parse(c.in)
		if got := v.String(); (err != nil) != (c.want == "!") || err == nil && got != c.want {
			t.Errorf("%s %.20q: %q %v, want %q", c.field.Type, c.in, got, err, c.want)
		}
	}
	if _, err := choice.Parse("sout"); !strings.Contains(err.Error(), `did you mean "south"`) {
		t.Error(err)
	}
	d := Date(19000)
	if *d.Num != 19000 || *d.Text != "2022-01-08" {
		t.Errorf("%+v", d)
	}
}

func TestEmail(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "a@b": true, "first.last@example.co.jp": true, "日本@example.jp": true,
		"a": false, "@b": false, "a@": false, "a b@c": false, "a@b,c@d": false, "<a@b>": false,
	} {
		c := Contact{Key: "x", Email: s}
		if err := c.Validate(); (err == nil) != want {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// A total of open tickets stays within its day and is the last of its instant.
func TestOpenSeriesAtMidnight(t *testing.T) {
	p := pointer{ids: map[string]int64{MetricTicketOpen: 1}, zone: minori.Day(0).UTC().Location()}
	last := int64(86_400_000_000 - 1)
	pts := openSeries(1, []Ticket{{Opened: last, Priority: "high"}}, p)
	if len(pts) != 2 || pts[1].Labels[0] != "" || pts[1].Day != 0 || pts[1].Time < pts[0].Time {
		t.Fatalf("%+v", pts)
	}
}
