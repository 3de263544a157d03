package message_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/message"
)

// FuzzDecode holds what every body, however ugly, must lead to: an error, or
// messages within their bounds and rejections with known reasons, as many as
// the body has messages.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "null", `{"batch":[]}`, `{"batch":[{}]}`, `{"batch":[1,"x",null,[],{"type":"track"}]}`,
		`{"batch":[{"type":"track","userId":"u","event":"e","timestamp":"2026-11-20T10:00:00Z","properties":{"a":[1,{"b":null}]}}],"sentAt":"2026-11-20T10:00:05Z"}`,
		`{"batch":[{"type":"track","userId":"u","event":"e","event":"f"},{"type":"page","userId":1,"name":"\u0000"}]}`,
		`{"type":"group","groupId":"g","traits":{"name":"\ud83d\ude00","n\u0061me":1}}`, `{"batch":[{"a":"\ud83d"}]}`, "{\"batch\":[{\"a\":\"\xff\"}]}",
		`{"userId":"u","previousId":"\\u0000","context":{"groupId":-5e3}}`, `{"batch":[{"type":"alias","userId":"u","previousId":"a"} , {"type":`,
		`{"api_key":"k","batch":[{"event":"$groupidentify","distinct_id":"d","properties":{"$group_type":"company","$group_key":"c","$group_set":{}}}]}`,
		`[{"event":"$identify","distinct_id":"d","properties":{"$set":{"a":1},"$groups":{"x":"y"},"$device_id":"d"}}]`,
		`{"batch":[` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40) + `]}`, strings.Repeat("[", 200), `{"batch":[],"batch":[]}`,
		`{"timestamp":"1970-01-01","userId":"u","event":"e","sentAt":"0000-01-01T00:00:00Z"}`, "\x1f\x8b\x08",
	} {
		for kind := range uint8(8) {
			f.Add([]byte(seed), kind)
		}
	}
	d := message.NewDecoder(time.UTC)
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		shape := message.Shape{Kind: ingest.Kind(kind % 8)}
		if shape.Kind > ingest.Alias {
			shape = posthog
		}
		out, err := d.Decode(shape, body, arrival())
		if err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("%q is no JSON", body)
		}
		if n := wantedCount(shape, body); n >= 0 && n != len(out.Messages)+len(out.Rejected) {
			t.Fatalf("%q has %d messages, there are %d and %d rejections", body, n, len(out.Messages), len(out.Rejected))
		}
		for i := range out.Messages {
			checkMessage(t, &out.Messages[i])
		}
		last := -1
		for _, r := range out.Rejected {
			if r.Index <= last || !known(r.Reason) || !utf8.ValidString(r.Field) || !utf8.ValidString(r.Sample) || len(r.Field) > 600 {
				t.Fatalf("%q: %+v", body, r)
			}
			last = r.Index
		}
	})
}

func known(reason ingest.Reason) bool {
	for _, r := range ingest.Reasons() {
		if r == reason {
			return true
		}
	}
	return false
}

// wantedCount is how many messages a body has, by the standard library; -1 if
// that cannot say.
func wantedCount(shape message.Shape, body []byte) int {
	if shape.Kind != 0 {
		return 1
	}
	if shape.PostHog {
		return -1
	}
	var envelope map[string]json.RawMessage
	var list []json.RawMessage
	if json.Unmarshal(body, &envelope) != nil || strings.Count(string(body), `batch`) != 1 || json.Unmarshal(envelope["batch"], &list) != nil {
		return -1
	}
	return len(list)
}

func checkMessage(t *testing.T, m *ingest.Message) {
	t.Helper()
	for _, s := range []string{m.ID, m.User, m.Anonymous, m.Account, m.Event} {
		if !utf8.ValidString(s) || strings.Contains(s, "\x00") || utf8.RuneCountInString(s) > message.MaxText {
			t.Fatalf("%+v", m)
		}
	}
	var object map[string]any
	if m.Body != "" && (json.Unmarshal([]byte(m.Body), &object) != nil || object == nil || !utf8.ValidString(m.Body)) {
		t.Fatalf("the body is %q", m.Body)
	}
	at := time.UnixMicro(m.Time).UTC()
	if m.ID == "" || m.Kind == 0 || m.Kind > ingest.Alias || m.Kind.Counts() != (m.Event != "") || at.Year() < 2000 || at.After(arrival()) {
		t.Fatalf("%+v", m)
	}
	if m.Kind == ingest.Group && m.Account == "" || m.Kind != ingest.Group && m.Actor() == "" {
		t.Fatalf("%+v", m)
	}
}
