package rules

import (
	"net/http/httptest"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

func TestReadPreviewCountsSteps(t *testing.T) {
	texts, err := text.Load()
	if err != nil {
		t.Fatal(err)
	}
	today := minori.Date(2025, 6, 30)
	for query, ok := range map[string]bool{
		"from=2025-05-02&to=2025-06-30&every=1":   true,  // 60 steps
		"from=2025-05-01&to=2025-06-30&every=1":   false, // 61
		"from=2024-05-14&to=2025-06-30&every=7":   true,  // 59 steps and the last day
		"from=2024-05-06&to=2025-06-30&every=7":   false,
		"from=2025-06-30&to=2025-06-30&every=366": true,
		"every=367": false, "every=-1": false, "every=1.5": false, "to=2025-07-01": false, "": true,
	} {
		r := &site.Request{Request: httptest.NewRequest("GET", "/rules/x?"+query, nil)}
		r.View = ui.View{Printer: texts.Printer(minori.EN, time.UTC), Today: today}
		r.AsOf.AsOf = minori.EndOf(today, time.UTC)
		days, err := readPreview(r)
		if (err == nil) != ok {
			t.Errorf("%q: %v", query, err)
		}
		if err != nil {
			if minori.CodeOf(err) != minori.Invalid {
				t.Errorf("%q: %v", query, err)
			}
			continue
		}
		if list, err := days.Days(); err != nil || len(list) > maxPreviewSteps {
			t.Errorf("%q has %d steps, %v", query, len(list), err)
		}
	}
}
