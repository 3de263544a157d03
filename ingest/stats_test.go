package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/ingest"
)

// TestStatsAreBounded: whatever clients send, what is counted by name stays few.
func TestStatsAreBounded(t *testing.T) {
	e := open(t, t.TempDir())
	var list []ingest.Message
	for i := range 10_000 {
		m := e.message(ingest.Track, "u", "acme", "")
		m.Event = fmt.Sprint("event ", i)
		list = append(list, m)
	}
	e.accept(list...)
	long := strings.Repeat("字", 2000)
	for i := range 1000 {
		e.service.Rejected(2, ingest.Rejection{Field: fmt.Sprint("properties.", i, long), Reason: ingest.ReasonType}, []byte(long))
	}
	e.now = e.now.Add(3 * time.Hour)
	e.accept(e.message(ingest.Track, "u", "acme", ""), e.message(ingest.Track, "u", "acme", ""))
	st := e.service.Stats()
	if len(st) != 2 || len(st[0].Events) != 501 || st[0].Events[0].Name != ingest.RestName || st[0].Events[0].Count != 9502 {
		t.Fatalf("%d sources, %d events, %+v", len(st), len(st[0].Events), st[0].Events[0])
	}
	if m := st[0].Minutes; len(m) != 1 || m[0].Accepted != 2 || st[0].LastSeen != e.now.UnixMicro() {
		t.Errorf("minutes %+v, last seen %d", m, st[0].LastSeen)
	}
	r := st[1].Rejections
	if len(r) != 101 || r[0].Field != ingest.RestName || r[0].Count != 900 || len(r[0].Samples) != 3 {
		t.Fatalf("%d rejections, %s %d", len(r), r[0].Field, r[0].Count)
	}
	for _, x := range r {
		for _, s := range append(x.Samples, x.Field) {
			if len(s) > 1024 || strings.ContainsRune(s, '\uFFFD') {
				t.Fatalf("a text of %d bytes", len(s))
			}
		}
	}
}
