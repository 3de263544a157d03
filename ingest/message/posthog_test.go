package message_test

import (
	"testing"

	"github.com/minori-hq/minori/ingest"
)

func TestPostHogMessages(t *testing.T) {
	now := arrival().UnixMicro()
	for body, m := range map[string]ingest.Message{
		`{"event":"e","uuid":"m","distinct_id":"u","properties":{"x":1}}`:                                                                                                 {Kind: ingest.Track, User: "u", Event: "e", Body: `{"x":1}`},
		`{"event":"e","uuid":"m","properties":{"distinct_id":"u"}}`:                                                                                                       {Kind: ingest.Track, User: "u", Event: "e", Body: `{"distinct_id":"u"}`},
		`{"event":"e","uuid":"m","distinct_id":"u","properties":{"$groups":{"project":"p","company":"c","account":"a"}}}`:                                                 {Kind: ingest.Track, User: "u", Event: "e", Account: "c", Body: `{"$groups":{"project":"p","company":"c","account":"a"}}`},
		`{"event":"e","uuid":"m","distinct_id":"u","properties":{"$groups":{"project":"p","organization":5}}}`:                                                            {Kind: ingest.Track, User: "u", Event: "e", Account: "5", Body: `{"$groups":{"project":"p","organization":5}}`},
		`{"event":"e","uuid":"m","distinct_id":"u","properties":{"$groups":{"workspace":"w"}}}`:                                                                           {Kind: ingest.Track, User: "u", Event: "e", Account: "w", Body: `{"$groups":{"workspace":"w"}}`},
		`{"event":"e","uuid":"m","distinct_id":"u","properties":{"$groups":{"workspace":"w","project":"p"}}}`:                                                             {Kind: ingest.Track, User: "u", Event: "e", Body: `{"$groups":{"workspace":"w","project":"p"}}`},
		`{"event":"e","uuid":"m","distinct_id":"d","properties":{"$device_id":"d"}}`:                                                                                      {Kind: ingest.Track, Anonymous: "d", Event: "e", Body: `{"$device_id":"d"}`},
		`{"event":"$identify","uuid":"m","distinct_id":"u","properties":{"$anon_distinct_id":"d","$device_id":"d","$set":{"email":"a@example.com"},"$set_once":{"x":1}}}`: {Kind: ingest.Identify, User: "u", Anonymous: "d", Body: `{"email":"a@example.com"}`},
		`{"event":"$set","uuid":"m","distinct_id":"u","properties":{"$set":{},"$set_once":{"x":1}}}`:                                                                      {Kind: ingest.Identify, User: "u", Body: `{"x":1}`},
		`{"event":"$identify","uuid":"m","distinct_id":"u","$set":{"x":1},"properties":{"$groups":{"company":"c"}}}`:                                                      {Kind: ingest.Identify, User: "u", Account: "c", Body: `{"x":1}`},
		`{"event":"$create_alias","uuid":"m","distinct_id":"u","properties":{"distinct_id":"u","alias":"a"}}`:                                                             {Kind: ingest.Alias, User: "u", Anonymous: "a"},
		`{"event":"$groupidentify","uuid":"m","distinct_id":"$company_c","properties":{"$group_type":"company","$group_key":"c","$group_set":{"name":"C"}}}`:              {Kind: ingest.Group, Account: "c", Body: `{"name":"C"}`},
		`{"event":"$pageview","uuid":"m","distinct_id":"u","properties":{"$current_url":"/"}}`:                                                                            {Kind: ingest.Page, User: "u", Event: "page", Body: `{"$current_url":"/"}`},
		`{"event":"$screen","uuid":"m","distinct_id":"u"}`:                                                                                                                {Kind: ingest.Screen, User: "u", Event: "screen"},
	} {
		m.Time, m.ID = now, "m"
		for _, all := range []string{`{"api_key":"k","batch":[` + body + `]}`, `{"batch":[` + body + `],"api_key":"k","sent_at":"2026-11-20T12:00:00Z"}`, `[` + body + `]`, body} {
			want(t, one(t, posthog, all), m)
		}
	}
}

func TestPostHogRejections(t *testing.T) {
	for body, reason := range map[string]string{
		`{"distinct_id":"u"}`:                            "0 event is missing",
		`{"event":"e"}`:                                  "0 distinct_id is missing",
		`{"event":"e","distinct_id":{}}`:                 "0 distinct_id has the wrong type",
		`{"event":"e","distinct_id":"u","properties":5}`: "0 properties has the wrong type",
		`{"event":"$create_alias","distinct_id":"u"}`:    "0 properties.alias is missing",
		`{"event":"$groupidentify","distinct_id":"u"}`:   "0 properties.$group_key is missing",
		`{"event":"$groupidentify","distinct_id":"u","properties":{"$group_type":"project","$group_key":"p"}}`: "0 properties.$group_type is not company, account or organization",
		`{"event":"e","distinct_id":"u","timestamp":"2100-01-01"}`:                                             "0 timestamp lies in the future",
	} {
		if got := refused(decode(t, posthog, `{"batch":[`+body+`]}`)); got != reason {
			t.Errorf("%s: want %q, got %q", body, reason, got)
		}
	}
}

func TestPostHogKeys(t *testing.T) {
	for _, body := range []string{
		`{"api_key":"k","batch":[{"event":"e","distinct_id":"u"}]}`, `{"api_key":"k","event":"e","distinct_id":"u"}`, `{"token":"k","event":"e","distinct_id":"u"}`,
		`{"event":"e","properties":{"distinct_id":"u","token":"k"}}`, `[{"event":"e","properties":{"distinct_id":"u","token":"k"}}]`,
	} {
		if out := decode(t, posthog, body); out.Key != "k" || len(out.Messages) != 1 {
			t.Errorf("%s: %+v", body, out)
		}
	}
}
