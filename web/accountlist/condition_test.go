package accountlist

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minori-hq/minori/view"
)

func TestValues(t *testing.T) {
	for _, values := range [][]string{{"Pro"}, {"Pro", "Enterprise"}, {`a|b`, `c\d`, `\|`}, {"日本", "a b"}, {`\`, `|`}} {
		if got := splitValues(joinValues(values)); !slices.Equal(got, values) {
			t.Errorf("%q becomes %q, read as %q", values, joinValues(values), got)
		}
	}
	if got := splitValues(" a | |b|"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("read as %q", got)
	}
}

// FuzzSplitValues holds that what is read from an address and written again is
// read the same.
func FuzzSplitValues(f *testing.F) {
	for _, s := range []string{"a|b", `a\|b`, `\\|\`, "", "|", "東京|大阪"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		once := splitValues(s)
		if again := splitValues(joinValues(once)); !slices.Equal(once, again) {
			t.Errorf("%q is read as %q, then as %q", s, once, again)
		}
		for _, v := range once {
			if strings.TrimSpace(v) != v || v == "" {
				t.Errorf("%q gives the value %q", s, v)
			}
		}
	})
}

func TestReadNumber(t *testing.T) {
	for in, want := range map[string]float64{
		"12": 12, "1,234.5": 1234.5, "１２": 12, "１，２００": 1200, "50%": 0.5, "５０％": 0.5, "-3": -3, "−3": -3, "¥1,000": 1000, " 7 ": 7, "0": 0,
	} {
		if got, ok := readNumber(in); !ok || got != want {
			t.Errorf("%q is read as %v, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "x", "NaN", "Inf", "1e15", "1 2", "%", "--1", "0x10p"} {
		if got, ok := readNumber(in); ok {
			t.Errorf("%q is read as %v", in, got)
		}
	}
}

// FuzzReadNumber holds that no text makes a number that cannot be compared.
func FuzzReadNumber(f *testing.F) {
	for _, s := range []string{"1", "1%", "１，０", "1e300", "-0", "infinity", "nan%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := readNumber(s); ok && !(n > -1e15 && n < 1e15) {
			t.Errorf("%q is read as %v", s, n)
		}
	})
}

// FuzzColumn holds that a column of an address is written as it is read.
func FuzzColumn(f *testing.F) {
	for _, s := range []string{"score:health", "score:health~200", "a~b~c", "~", "x~-5", "x~99999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := parseColumn(s)
		if c.Width != 0 && (c.Width < view.MinWidth || c.Width > view.MaxWidth) {
			t.Errorf("%q is %d wide", s, c.Width)
		}
		if again := parseColumn(writeColumn(c)); again != c {
			t.Errorf("%q is read as %+v, then as %+v", s, c, again)
		}
	})
}

func TestDefused(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+81": "'+81", "-x": "'-x", "@a": "'@a", "\t=1": "'\t=1", "  =1": "'  =1", "＝1": "'＝1",
		"a=b": "a=b", "": "", "青山": "青山", "A-1": "A-1",
	} {
		if got := defused(in); got != want {
			t.Errorf("defused(%q) = %q, want %q", in, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0", -1.5: "-1.5", 1e12: "1000000000000", 0.25: "0.25", 100: "100"} {
		if got := plain(x); got != want {
			t.Errorf("plain(%v) = %q, want %q", x, got, want)
		}
	}
}
