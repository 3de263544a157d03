package site

import (
	"math"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/ui"
)

// unitMoney is the unit of amounts in the workspace's currency.
const unitMoney = "currency"

// writeUnit writes a number by its unit.
func writeUnit(v ui.View, x float64, unit, currency string) string {
	switch unit {
	case "share":
		return v.Percent(x, 0)
	case "ratio":
		return v.SignedPercent(x, 0)
	case "days":
		return v.Count(int(math.Round(x)), text.Days)
	case unitMoney:
		return MoneyShort(v, x, currency)
	}
	decimals := 0
	if x != math.Trunc(x) && math.Abs(x) < 1000 {
		decimals = 1
		if math.Abs(x) < 1 {
			decimals = 2
		}
	}
	return withUnit(v, v.Number(x, decimals), unit)
}

// MoneyShort writes an amount in major units for headings and columns.
func MoneyShort(v ui.View, x float64, currency string) string {
	m, ok := minori.FromMajor(x, currency)
	if !ok {
		return text.None
	}
	return v.MoneyShort(m)
}

// ReasonWord says why a value is unknown.
func ReasonWord(v ui.View, r metric.Reason) string {
	switch r {
	case metric.Known:
		return ""
	case metric.NoData:
		return v.T("reason.no-data")
	case metric.Stale:
		return v.T("reason.stale")
	case metric.Building:
		return v.T("reason.building")
	case metric.NoPrevious:
		return v.T("reason.no-previous")
	case metric.DivisionByZero:
		return v.T("reason.division")
	case metric.NotFinite:
		return v.T("reason.not-finite")
	}
	return v.T("reason.no-value")
}

// noise is how many points a score may move without being good or bad news.
const noise = 1.0

// ScoreTone says whether a change of a score is good.
func ScoreTone(delta float64) ui.Tone {
	switch {
	case delta >= noise:
		return ui.Good
	case delta <= -noise:
		return ui.Bad
	}
	return ui.Neutral
}

// ScoreChange describes how a score moved.
func ScoreChange(v ui.View, delta float64, since string) ui.ChangeProps {
	return ui.ChangeProps{Words: v.Signed(delta, 1), Since: since, Tone: ScoreTone(delta), Rise: delta >= noise, Fall: delta <= -noise}
}

// WriteScore writes a score without decimals, but with one where rounding
// would carry it over a bound of its band.
func WriteScore(v ui.View, x float64, card scorecard.Scorecard) string {
	if r := math.Round(x); r >= 0 && r <= 100 && card.BandOf(r) == card.BandOf(x) {
		return v.Number(x, 0)
	}
	return v.Number(math.Floor(x*10)/10, 1)
}
