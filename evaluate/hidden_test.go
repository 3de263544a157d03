package evaluate

import (
	"slices"
	"testing"

	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

func TestHiddenSigns(t *testing.T) {
	days := func(n int) *int { return &n }
	well := Hidden{Band: scorecard.Green, Talked: days(10), Contacts: 3, Sponsors: 1}
	for name, c := range map[string]struct {
		change func(*Hidden)
		quiet  int
		want   []Sign
	}{
		"well":                     {func(*Hidden) {}, 60, nil},
		"the day before":           {func(h *Hidden) { h.Talked = days(59) }, 60, nil},
		"on the day":               {func(h *Hidden) { h.Talked = days(60) }, 60, []Sign{SignQuiet}},
		"other days":               {func(h *Hidden) { h.Talked = days(60) }, 61, nil},
		"never talked":             {func(h *Hidden) { h.Talked = nil }, 60, []Sign{SignQuiet}},
		"one contact":              {func(h *Hidden) { h.Contacts = 1 }, 60, []Sign{SignOnlyOne}},
		"no contact":               {func(h *Hidden) { h.Contacts, h.Sponsors = 0, 0 }, 60, []Sign{SignOnlyOne, SignSponsor}},
		"stale":                    {func(h *Hidden) { h.Stale = 2 }, 60, []Sign{SignOutdated}},
		"red is not hidden":        {func(h *Hidden) { h.Band, h.Contacts = scorecard.Red, 0 }, 60, nil},
		"yellow is not hidden":     {func(h *Hidden) { h.Band, h.Contacts = scorecard.Yellow, 0 }, 60, nil},
		"no score is not hidden":   {func(h *Hidden) { h.Band, h.Contacts = scorecard.NoBand, 0 }, 60, nil},
		"everything at once, kept": {func(h *Hidden) { *h = Hidden{Band: scorecard.Green, Stale: 1} }, 60, []Sign{SignQuiet, SignOnlyOne, SignSponsor, SignOutdated}},
	} {
		h := well
		c.change(&h)
		if got := h.Signs(c.quiet); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestHiddenOf(t *testing.T) {
	num := func(x float64) metric.Value { return metric.Value{Type: metric.Number, Num: x} }
	unknown := metric.Value{Type: metric.Number, Reason: metric.NoData}
	h, ok := HiddenOf("green", []metric.Value{unknown, num(2), num(1), num(0)})
	if !ok || h.Talked != nil || h.Contacts != 2 || h.Sponsors != 1 || !slices.Equal(h.Signs(60), []Sign{SignQuiet}) {
		t.Errorf("%+v %v", h, ok)
	}
	if h, ok = HiddenOf("green", []metric.Value{num(75), num(2), num(1), num(0)}); !ok || *h.Talked != 75 {
		t.Errorf("%+v %v", h, ok)
	}
	if _, ok := HiddenOf("green", []metric.Value{num(3), unknown, unknown, unknown}); ok {
		t.Error("a row without the columns is read")
	}
}
