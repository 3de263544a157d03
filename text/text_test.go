package text_test

import (
	"math"
	"testing"
	"time"

	"github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
)

func printers(t *testing.T) (en, ja text.Printer) {
	t.Helper()
	c, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	tokyo := time.FixedZone("JST", 9*3600)
	return c.Printer(minori.EN, tokyo), c.Printer(minori.JA, tokyo)
}

func TestMessages(t *testing.T) {
	en, ja := printers(t)
	check := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	check(en.T("day.ago", "count", 1), "1 day ago")
	check(en.T("day.ago", "count", 3), "3 days ago")
	check(ja.T("day.ago", "count", 3), "3日前")
	check(en.T("filter.is", "field", "Tier", "value", "{field}"), "Tier is {field}")
	check(ja.T("paging.of", "span", "1–50", "total", 1234), "1,234件中 1–50件")
	check(en.T("no.such.key"), "no.such.key")
	check(en.T("filter.all", "subject", minori.Text{minori.EN: "accounts", minori.JA: "顧客"}), "All accounts")
	check(ja.Text(minori.Text{minori.EN: "Adoption", minori.JA: "活用"}), "活用")
	check(en.Count(1, text.Accounts), "1 account")
	check(en.Count(1200, text.Items), "1,200 items")
	check(ja.Count(12, text.Accounts), "12社")
	check(ja.Count(3, text.People), "3名")
	check(ja.Count(3, text.Items), "3件")
	check(en.List("a", "b", "c"), "a, b and c")
	check(ja.List("a", "b"), "a、b")
}

func TestNumbers(t *testing.T) {
	en, ja := printers(t)
	for _, c := range []struct{ got, want string }{
		{en.Int(1234567), "1,234,567"},
		{en.Int(-999), "−999"},
		{en.Number(1234.567, 1), "1,234.6"},
		{en.Number(-0.04, 1), "0.0"},
		{en.Number(math.NaN(), 1), text.None},
		{en.Signed(4.2, 1), "+4.2"},
		{en.Signed(-4.2, 1), "−4.2"},
		{en.Signed(0.01, 1), "±0.0"},
		{en.Percent(0.1234, 1), "12.3%"},
		{en.SignedPercent(-0.05, 0), "−5%"},
		{en.Percent(math.Inf(1), 1), text.None},
		{en.Money(minori.Money{Minor: 1234567, Currency: "JPY"}), "¥1,234,567"},
		{ja.Money(minori.Money{Minor: -1234567, Currency: "JPY"}), "−¥1,234,567"},
		{en.Money(minori.Money{Minor: 5, Currency: "USD"}), "$0.05"},
		{en.Money(minori.Money{Minor: -123450, Currency: "CHF"}), "−CHF 1,234.50"},
		{en.Money(minori.Money{Minor: 1234567, Currency: "KWD"}), "KWD 1,234.567"},
		{en.SignedMoney(minori.Money{Minor: 100, Currency: "JPY"}), "+¥100"},
		{en.MoneyShort(minori.Money{Minor: 12_400_000, Currency: "JPY"}), "¥12.4M"},
		{en.MoneyShort(minori.Money{Minor: 999_960, Currency: "JPY"}), "¥1.0M"},
		{en.MoneyShort(minori.Money{Minor: 85_000_00, Currency: "USD"}), "$85.0K"},
		{en.MoneyShort(minori.Money{Minor: 927_52, Currency: "USD"}), "$928"},
		{en.MoneyWhole(minori.Money{Minor: -43_179_52, Currency: "USD"}), "−$43,180"},
		{ja.MoneyShort(minori.Money{Minor: 12_400_000, Currency: "JPY"}), "1,240万円"},
		{ja.MoneyShort(minori.Money{Minor: 340_000_000, Currency: "JPY"}), "3.4億円"},
		{ja.MoneyShort(minori.Money{Minor: 9_800, Currency: "JPY"}), "¥9,800"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	en, ja := printers(t)
	day := minori.Date(2026, 11, 21)
	at := time.Date(2026, 11, 20, 23, 5, 0, 0, time.UTC) // already the 21st in Tokyo
	for _, c := range []struct{ got, want string }{
		{en.Date(day), "21 Nov 2026"},
		{ja.Date(day), "2026年11月21日(土)"},
		{ja.DateShort(day), "2026/11/21"},
		{en.DayMonth(day), "21 Nov"},
		{ja.Month(day), "2026年11月"},
		{en.MonthName(4), "April"},
		{ja.MonthName(4), "4月"},
		{ja.FiscalYear(2026), "2026年度"},
		{en.FiscalYear(2026), "FY2026"},
		{en.DateTime(at), "21 Nov 2026, 08:05"},
		{ja.DateTime(at), "2026年11月21日(土) 08:05"},
		{en.RelativeDay(day, day), "today"},
		{en.RelativeDay(day-1, day), "yesterday"},
		{ja.RelativeDay(day+1, day), "明日"},
		{en.RelativeDay(day+7, day), "in 7 days"},
		{en.RelativeDay(day-7, day), "7 days ago"},
		{en.RelativeDay(day-8, day), "13 Nov 2026"},
		{ja.RelativeDay(day+8, day), "2026年11月29日(日)"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
