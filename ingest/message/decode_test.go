package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/message"
)

var (
	batch   = message.Shape{}
	posthog = message.Shape{PostHog: true}
)

func arrival() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func single(k ingest.Kind) message.Shape { return message.Shape{Kind: k} }

func decode(t *testing.T, shape message.Shape, body string) *message.Decoded {
	t.Helper()
	out, err := message.NewDecoder(time.UTC).Decode(shape, []byte(body), arrival())
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return out
}

// one decodes a body that has to give one message and nothing else.
func one(t *testing.T, shape message.Shape, body string) ingest.Message {
	t.Helper()
	out := decode(t, shape, body)
	if len(out.Messages) != 1 || len(out.Rejected) != 0 {
		t.Fatalf("%s\n%+v %+v", body, out.Messages, out.Rejected)
	}
	return out.Messages[0]
}

func want(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

// refused gives the rejections as "index field reason".
func refused(out *message.Decoded) string {
	var lines []string
	for _, r := range out.Rejected {
		lines = append(lines, fmt.Sprintf("%d %s %s", r.Index, r.Field, r.Reason))
	}
	return strings.Join(lines, "; ")
}

func TestSegmentMessages(t *testing.T) {
	now := arrival().UnixMicro()
	for body, m := range map[string]ingest.Message{
		`{"type":"track","messageId":"m","userId":"u","anonymousId":"a","event":"e","properties":{"x":1},"context":{"ip":"::1","groupId":"acc"}}`: {Kind: ingest.Track, ID: "m", User: "u", Anonymous: "a", Account: "acc", Event: "e", Body: `{"x":1}`},
		`{"type":"identify","messageId":"m","userId":"u","traits":{"email":"a@example.com"},"properties":{"no":1}}`:                               {Kind: ingest.Identify, ID: "m", User: "u", Body: `{"email":"a@example.com"}`},
		`{"type":"group","messageId":"m","groupId":"acc","userId":"u","traits":{"name":"A"},"context":{"groupId":"other"}}`:                       {Kind: ingest.Group, ID: "m", User: "u", Account: "acc", Body: `{"name":"A"}`},
		`{"type":"group","messageId":"m","groupId":"acc"}`:                                                                                        {Kind: ingest.Group, ID: "m", Account: "acc"},
		`{"type":"page","messageId":"m","anonymousId":"a","name":"Home \"1\"","properties":{"url":"/"}}`:                                          {Kind: ingest.Page, ID: "m", Anonymous: "a", Event: "page", Body: `{"name":"Home \"1\"","url":"/"}`},
		`{"type":"page","messageId":"m","anonymousId":"a","name":"Home","properties":{"n\u0061me":"own"}}`:                                        {Kind: ingest.Page, ID: "m", Anonymous: "a", Event: "page", Body: `{"n\u0061me":"own"}`},
		`{"type":"screen","messageId":"m","userId":"u","name":"Main","category":"app"}`:                                                           {Kind: ingest.Screen, ID: "m", User: "u", Event: "screen", Body: `{"name":"Main","category":"app"}`},
		`{"type":"alias","messageId":"m","userId":"u","previousId":"a"}`:                                                                          {Kind: ingest.Alias, ID: "m", User: "u", Anonymous: "a"},
		`{"type":"track","messageId":7,"userId":42,"event":"e","context":{"groupId":-3},"properties":null}`:                                       {Kind: ingest.Track, ID: "7", User: "42", Account: "-3", Event: "e"},
		`{"type":"track","messageId":"m","userId":null,"anonymousId":"a","event":"e","properties":{ },"x":0}`:                                     {Kind: ingest.Track, ID: "m", Anonymous: "a", Event: "e"},
		// Keys and values may be written with escapes.
		`{"t\u0079pe":"tr\u0061ck","messageId":"m","user\u0049d":"\u3042\ud83d\ude00\"\\\/","event":"e"}`: {Kind: ingest.Track, ID: "m", User: "あ😀\"\\/", Event: "e"},
		" {\t\"type\" :\n\"track\", \"messageId\":\"m\" ,\"userId\": \"u\" , \"event\":\"e\"\r\n}  ":      {Kind: ingest.Track, ID: "m", User: "u", Event: "e"},
	} {
		m.Time = now
		want(t, one(t, batch, `{"batch":[`+body+`]}`), m)
		want(t, one(t, single(m.Kind), body), m)
	}
}

func TestEnvelope(t *testing.T) {
	out := decode(t, batch, `{"writeKey":"mwk_1","batch":[{"type":"track","userId":"u","event":"e"},{"type":"track","userId":"u","event":"e","context":{"groupId":"own"}},
		{"type":"alias","userId":"u","previousId":"a"}],"context":{"groupId":"all"},"integrations":{},"sentAt":"2026-11-20T12:00:00Z"}`)
	if out.Key != "mwk_1" || len(out.Messages) != 3 || out.Messages[0].Account != "all" || out.Messages[1].Account != "own" || out.Messages[2].Account != "" {
		t.Fatalf("%+v", out)
	}
	if out := decode(t, single(ingest.Track), `{"writeKey":"mwk_2","userId":"u","event":"e","type":"identify"}`); out.Key != "mwk_2" || out.Messages[0].Kind != ingest.Track {
		t.Fatalf("%+v", out)
	}
	if out := decode(t, batch, `{"batch":[]}`); len(out.Messages)+len(out.Rejected) != 0 {
		t.Fatalf("%+v", out)
	}
}

func TestMadeIDs(t *testing.T) {
	body := `{"batch":[{"type":"track","userId":"u","event":"e"},{"type":"track","userId":"u","event":"e"},{"type":"track","userId":"u","event":"e","messageId":""}]}`
	seen := map[string]bool{}
	d := message.NewDecoder(time.UTC)
	for range 20 {
		out, err := d.Decode(batch, []byte(body), arrival())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Messages {
			if m.ID == "" || seen[m.ID] {
				t.Fatalf("the id %q is not unique", m.ID)
			}
			seen[m.ID] = true
		}
	}
}

func TestRejections(t *testing.T) {
	long, deep := strings.Repeat("あ", message.MaxText+1), strings.Repeat(`{"a":[`, message.MaxDepth/2+1)+strings.Repeat(`]}`, message.MaxDepth/2+1)
	fits, flat := strings.Repeat("あ", message.MaxText), strings.Repeat(`{"a":[`, message.MaxDepth/2)+strings.Repeat(`]}`, message.MaxDepth/2)
	track := func(more string) string { return `{"type":"track","userId":"u","event":"e",` + more + `}` }
	for body, reason := range map[string]string{
		`5`:                                       " has the wrong type",
		`[{}]`:                                    " has the wrong type",
		`null`:                                    " has the wrong type",
		`{}`:                                      "userId is missing",
		`{"userId":"u"}`:                          "type is missing",
		`{"type":"","userId":"u"}`:                "type is missing",
		`{"type":5,"userId":"u"}`:                 "type has the wrong type",
		`{"type":"Track","userId":"u"}`:           "type is not identify, group, track, page, screen or alias",
		`{"type":"track","event":"e"}`:            "userId is missing",
		`{"type":"track","userId":"u"}`:           "event is missing",
		`{"type":"identify","userId":""}`:         "userId is missing",
		`{"type":"page","userId":null}`:           "userId is missing",
		`{"type":"group","userId":"u"}`:           "groupId is missing",
		`{"type":"alias","userId":"u"}`:           "previousId is missing",
		`{"type":"alias","previousId":"u"}`:       "userId is missing",
		track(`"anonymousId":true`):               "anonymousId has the wrong type",
		track(`"anonymousId":1.5`):                "anonymousId has the wrong type",
		track(`"messageId":{"a":1}`):              "messageId has the wrong type",
		track(`"messageId":"` + long + `"`):       "messageId is longer than 500 characters",
		track(`"messageId":"` + fits + `"`):       "",
		track(`"anonymousId":"a\u0000b"`):         "anonymousId has a null character",
		track(`"properties":[]`):                  "properties has the wrong type",
		track(`"properties":"x"`):                 "properties has the wrong type",
		track(`"properties":{"a":` + deep + `}`):  "properties is nested too deeply",
		track(`"properties":` + flat):             "",
		track(`"properties":{"b":[],` + flat[1:]): "",
		track(`"properties":{"a":"` + strings.Repeat("[", 100) + `\"` + strings.Repeat("{", 100) + `"}`): "",
		track(`"properties":{"a":"x\u0000"}`):                             "properties has a null character",
		track(`"properties":{"a\u0000":1}`):                               "properties has a null character",
		track(`"properties":{"a":"x\\u0000","b":"\\\\u0000"}`):            "",
		track(`"properties":{"a":"\\\u0000"}`):                            "properties has a null character",
		track(`"properties":{"a":1,"a":2}`):                               "properties has a key twice",
		track(`"properties":{"a":{"b":1,"\u0062":2}}`):                    "properties has a key twice",
		track(`"userId":"v"`):                                             "userId has a key twice",
		track(`"properties":{"a":"` + "\xff" + `"}`):                      "properties is not valid UTF-8",
		track(`"properties":{"` + "\xc3\x28" + `":1}`):                    "properties is not valid UTF-8",
		track(`"properties":{"a":"\ud83d"}`):                              "properties is not valid UTF-8",
		track(`"context":5`):                                              "context has the wrong type",
		track(`"context":{"groupId":[]}`):                                 "context.groupId has the wrong type",
		track(`"timestamp":"yesterday"`):                                  "timestamp is not a time in ISO 8601",
		track(`"timestamp":"2026-02-30T00:00:00Z"`):                       "timestamp is not a time in ISO 8601",
		track(`"timestamp":1763720640`):                                   "timestamp has the wrong type",
		track(`"timestamp":"1970-01-01T00:00:00Z"`):                       "timestamp lies before the year 2000",
		track(`"timestamp":"2100-01-01T00:00:00Z"`):                       "timestamp lies in the future",
		track(`"properties":{"a":"` + strings.Repeat("x", 33<<10) + `"}`): " is larger than 32 KB",
	} {
		out := decode(t, batch, `{"batch":[{"type":"track","userId":"first","event":"e"},`+body+`,{"type":"track","userId":"last","event":"e"}]}`)
		wanted, kept := "1 "+reason, 2
		if reason == "" {
			wanted, kept = "", 3
		}
		if got := refused(out); got != wanted || len(out.Messages) != kept || out.Messages[0].User != "first" || out.Messages[kept-1].User != "last" {
			t.Errorf("%.200s\nwant %q, got %q and %d messages", body, wanted, got, len(out.Messages))
		}
		for _, r := range out.Rejected {
			if len(r.Sample) == 0 || len(r.Sample) > 2<<10 || r.Sample[0] != body[0] {
				t.Errorf("the sample of %.100s is %.100q", body, r.Sample)
			}
		}
	}
}

func TestSizeIsExact(t *testing.T) {
	for _, n := range []int{message.MaxSize, message.MaxSize + 1} {
		m := `{"type":"track","userId":"u","event":"e","properties":{"a":""}}`
		m = strings.Replace(m, `""`, `"`+strings.Repeat("x", n-len(m))+`"`, 1)
		out := decode(t, batch, `{"batch":[ `+m+`  ,`+m+`]}`)
		if fits := n == message.MaxSize; fits != (len(out.Messages) == 2) {
			t.Errorf("%d bytes: %d messages, %s", n, len(out.Messages), refused(out))
		}
	}
}

func TestBodiesThatAreWrong(t *testing.T) {
	many := `{"batch":[` + strings.Repeat(`{},`, message.MaxMessages) + `{}]}`
	for _, c := range []struct{ body, words string }{
		{"", "not JSON"}, {" ", "not JSON"}, {"hello", "not JSON"}, {`{"batch":[{"type":"track"`, "not JSON"}, {`{"batch":[{]}`, "not JSON"},
		{`{"batch":[]} {}`, "not JSON"}, {`{"batch":[]}x`, "not JSON"}, {"{\"batch\":[{\"event\":\"a\x00b\"}]}", "not JSON"}, {`{'batch':[]}`, "not JSON"},
		{`{"batch":[{"type":"track","userId":NaN}]}`, "not JSON"}, {"\xef\xbb\xbf{}", "not JSON"},
		{strings.Repeat(`[`, 100_000), "not JSON"}, {`{"batch":[` + strings.Repeat(`{"a":`, 20_000) + `1` + strings.Repeat(`}`, 20_000) + `]}`, "not JSON"},
		{`[]`, "not a JSON object"}, {`"x"`, "not a JSON object"}, {`null`, "not a JSON object"},
		{`{}`, "no batch"}, {`{"batch":{}}`, "not a list"}, {`{"batch":null}`, "not a list"}, {many, "more than 20000"},
	} {
		out, err := message.NewDecoder(time.UTC).Decode(batch, []byte(c.body), arrival())
		if minori.CodeOf(err) != minori.Invalid || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%.60q: %v %v", c.body, out, err)
		}
	}
	if out := decode(t, single(ingest.Track), `[]`); refused(out) != "0  has the wrong type" {
		t.Error(refused(out))
	}
	if out := decode(t, single(ingest.Track), `{"userId":"u","event":"`+"\xff"+`"}`); refused(out) != "0 event is not valid UTF-8" {
		t.Error(refused(out))
	}
}

func TestAllow(t *testing.T) {
	out := decode(t, batch, `{"batch":[{"type":"identify","userId":"u"},{"type":"track","userId":"u","event":"e"},{"type":"nothing","userId":"u"},{"type":"group","groupId":"g"}]}`)
	out.Allow(ingest.Kind.Counts)
	if got := refused(out); got != "0 type is not in the scopes of the write key; 2 type is not identify, group, track, page, screen or alias; 3 type is not in the scopes of the write key" ||
		len(out.Messages) != 1 || out.Messages[0].Kind != ingest.Track {
		t.Fatal(got, out.Messages)
	}
}

func TestDecodersAreShared(t *testing.T) {
	d := message.NewDecoder(time.UTC)
	for i := range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			user := fmt.Sprint("u", i)
			for j := range 200 {
				body := fmt.Sprintf(`{"batch":[{"type":"track","userId":%q,"event":"e"},{"type":"track","userId":%q,"event":"e","a":1,"a":%d}]}`, user, user, j)
				out, err := d.Decode(batch, []byte(body), arrival())
				if err != nil || len(out.Messages) != 1 || out.Messages[0].User != user || len(out.Rejected) != 1 {
					t.Fatal(out, err)
				}
			}
		})
	}
}
