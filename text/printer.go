package text

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/minori-hq/minori"
)

// None stands where a value is unknown or missing.
const None = "—"

// minus is the sign written before negative numbers.
const minus = "−"

// Counter says what is counted, since Japanese counts each kind with a word of
// its own.
type Counter string

// The counters.
const (
	Items    Counter = "items"    // 件
	Accounts Counter = "accounts" // 社
	People   Counter = "people"   // 名
	Days     Counter = "days"     // 日
	Weeks    Counter = "weeks"    // 週
)

// Printer writes for one reader: in one language, with days cut in one time
// zone. It is a small value, made per request.
type Printer struct {
	catalog *Catalog
	lang    minori.Lang
	loc     *time.Location
}

// Printer gives a printer for a language and a time zone; nil means UTC, a
// language the product does not know means English.
func (c *Catalog) Printer(lang minori.Lang, loc *time.Location) Printer {
	if !lang.Valid() {
		lang = minori.EN
	}
	if loc == nil {
		loc = time.UTC
	}
	return Printer{catalog: c, lang: lang, loc: loc}
}

// Lang gives the language written.
func (p Printer) Lang() minori.Lang { return p.lang }

// Location gives the time zone days are cut in.
func (p Printer) Location() *time.Location { return p.loc }

// T gives the message under key; see Catalog.T.
func (p Printer) T(key string, args ...any) string { return p.catalog.T(p.lang, key, args...) }

// Text reads a text that was given in several languages.
func (p Printer) Text(t minori.Text) string { return t.In(p.lang) }

// Int writes a whole number with its thousands grouped: 1,234.
func (p Printer) Int(n int64) string { return group(strconv.FormatInt(n, 10)) }

// Number writes v with a fixed number of decimals; None when v is not finite.
func (p Printer) Number(v float64, decimals int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return None
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return group(s)
}

// Signed writes a change: a number that always has its sign, ±0 when nothing changed.
func (p Printer) Signed(v float64, decimals int) string { return signed(p.Number(v, decimals)) }

// Percent writes a ratio (0.123) as 12.3%.
func (p Printer) Percent(ratio float64, decimals int) string {
	s := p.Number(ratio*100, decimals)
	if s == None {
		return s
	}
	return s + "%"
}

// SignedPercent writes a change of a ratio with its sign.
func (p Printer) SignedPercent(ratio float64, decimals int) string {
	return signed(p.Percent(ratio, decimals))
}

// Money writes an amount in full: ¥1,234,567, $1,234.50, CHF 1,234.50.
func (p Printer) Money(m minori.Money) string {
	digits := minori.Decimals(m.Currency)
	s := strconv.FormatInt(m.Minor, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = minus, s[1:]
	}
	if digits > 0 {
		if len(s) <= digits {
			s = strings.Repeat("0", digits+1-len(s)) + s
		}
		s = s[:len(s)-digits] + "." + s[len(s)-digits:]
	}
	return sign + symbol(m.Currency) + group(s)
}

// SignedMoney writes a movement in full with its sign.
func (p Printer) SignedMoney(m minori.Money) string { return signed(p.Money(m)) }

// MoneyShort writes an amount to three figures or so, for headings and axes:
// ¥12.4M in English, 1,240万円 in Japanese.
func (p Printer) MoneyShort(m minori.Money) string {
	v := m.Major()
	sign := ""
	if v < 0 {
		sign, v = minus, -v
	}
	if p.lang == minori.JA && m.Currency == "JPY" {
		switch {
		case v >= 1e8:
			return sign + short(v/1e8) + "億円"
		case v >= 1e4:
			return sign + group(strconv.FormatFloat(v/1e4, 'f', 0, 64)) + "万円"
		}
		return p.Money(m)
	}
	for _, u := range []struct {
		of   float64
		name string
	}{{1e9, "B"}, {1e6, "M"}, {1e3, "K"}} {
		if v >= u.of*0.9995 {
			return sign + symbol(m.Currency) + short(v/u.of) + u.name
		}
	}
	return p.MoneyWhole(m)
}

// MoneyWhole writes an amount in full without its minor units: $1,235.
func (p Printer) MoneyWhole(m minori.Money) string {
	v := math.Round(m.Major())
	sign := ""
	if v < 0 {
		sign, v = minus, -v
	}
	return sign + symbol(m.Currency) + group(strconv.FormatFloat(v, 'f', 0, 64))
}

// Count writes how many there are of something: 3 accounts, 3社.
func (p Printer) Count(n int, of Counter) string {
	key := "count.items"
	switch of {
	case Accounts:
		key = "count.accounts"
	case People:
		key = "count.people"
	case Days:
		key = "count.days"
	case Weeks:
		key = "count.weeks"
	}
	return p.T(key, "count", n)
}

// List joins words as the language lists them: A, B and C; A、B、C.
func (p Printer) List(words ...string) string {
	if p.lang == minori.JA {
		return strings.Join(words, "、")
	}
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// symbol gives what stands before an amount of a currency.
func symbol(currency string) string {
	switch currency {
	case "JPY":
		return "¥"
	case "USD":
		return "$"
	case "EUR":
		return "€"
	case "GBP":
		return "£"
	}
	return currency + " "
}

// short writes a positive number with one decimal below 100 and none from there.
func short(v float64) string {
	if v >= 99.95 {
		return group(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}

// Signed puts a sign before a written number that has none.
func Signed(s string) string { return signed(s) }

// signed puts a sign before a written number that has none.
func signed(s string) string {
	switch {
	case s == None || strings.HasPrefix(s, minus):
		return s
	case !strings.ContainsAny(s, "123456789"):
		return "±" + s
	}
	return "+" + s
}

// group puts commas between thousands and a true minus sign before a negative number.
func group(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = minus, s[1:]
	}
	whole, frac := s, ""
	if i := strings.IndexByte(s, '.'); i >= 0 {
		whole, frac = s[:i], s[i:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	b.WriteString(frac)
	return b.String()
}
