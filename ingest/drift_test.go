package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/store/records/health"
)

func shapesOf(list []ingest.Shape) string {
	var b strings.Builder
	for _, s := range list {
		fmt.Fprintf(&b, "%d %s %s %s\n", s.Source, s.Event, s.Property, s.Type)
	}
	return b.String()
}

// TestShapes: names, properties and types that are new are noticed, kept over a
// restart with their first arrival, and bounded.
func TestShapes(t *testing.T) {
	e := open(t, t.TempDir())
	track := func(n int, name, body string) ingest.Message {
		m := e.message(ingest.Track, "u", "A", body)
		m.Event, m.ID = name, fmt.Sprint(name, n)
		return m
	}
	first := e.now.UnixMicro()
	e.accept(track(1, "login", `{"a":1,"b":"x"}`), track(2, "login", `{"a":"1","c":[],"d":{},"e":null,"f":true}`), e.message(ingest.Identify, "u", "A", `{"name":"x"}`))
	want := "login  \nlogin a number\nlogin a string\nlogin b string\nlogin c array\nlogin d object\nlogin e null\nlogin f boolean\n"
	got := shapesOf(e.service.Shapes())
	if got != strings.ReplaceAll("~"+strings.ReplaceAll(strings.TrimSuffix(want, "\n"), "\n", "\n~")+"\n", "~", "1 ") {
		t.Errorf("got\n%s", got)
	}
	if err := e.service.SaveShapes(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.stop()
	e.now = e.now.Add(time.Hour)
	e.start()
	e.accept(track(3, "login", `{"a":2,"new":1}`))
	for _, s := range e.service.Shapes() {
		since := first
		if s.Property == "new" {
			since = e.now.UnixMicro()
		}
		if s.First != since {
			t.Errorf("%+v was first seen at %d, want %d", s, s.First, since)
		}
	}
	if err := e.service.SaveShapes(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, err := health.Store{DB: e.records.DB}.Shapes(t.Context())
	if err != nil || len(kept) != 9 || shapesOf(kept) != shapesOf(e.service.Shapes()) {
		t.Errorf("kept %v, %v", kept, err)
	}
}

// TestShapesBounded: neither many names nor many properties take more than
// their share, and of many events of a name only some are looked into.
func TestShapesBounded(t *testing.T) {
	e := open(t, t.TempDir())
	var many []ingest.Message
	for i := range 300 {
		m := e.message(ingest.Track, "u", "A", fmt.Sprintf(`{"p%d":1}`, i))
		m.Event, m.ID = "same", fmt.Sprint("same", i)
		many = append(many, m)
	}
	e.accept(many...)
	if n := len(e.service.Shapes()); n != 21 {
		t.Errorf("%d shapes of 20 events and their name", n)
	}
	wide := e.message(ingest.Track, "u", "A", "")
	var body strings.Builder
	for i := range 300 {
		fmt.Fprintf(&body, `,"q%d":1`, i)
	}
	wide.Body, wide.Event, wide.ID = "{"+body.String()[1:]+"}", "wide", "wide"
	e.accept(wide)
	count := 0
	for _, s := range e.service.Shapes() {
		if s.Event == "wide" && s.Property != "" {
			count++
		}
	}
	if count != 200 {
		t.Errorf("%d properties of one name", count)
	}
}
