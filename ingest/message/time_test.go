package message_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/minori-hq/minori/ingest"
	"github.com/minori-hq/minori/ingest/message"
)

// TestTimes decodes messages that arrive at noon of 2026-11-20, UTC.
func TestTimes(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	const noon = "2026-11-20T12:00:00Z"
	for _, c := range []struct{ happened, sent, want string }{
		{"", "", noon},
		{"", "2020-01-01T00:00:00Z", noon},
		// The ways to write a time.
		{"2026-11-20T10:00:00Z", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20T10:00:00.123456Z", "", "2026-11-20T10:00:00.123456Z"},
		{"2026-11-20T19:00:00+09:00", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20T19:00:00+0900", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20T19:00:00.5+09", "", "2026-11-20T10:00:00.5Z"},
		{"2026-11-20T10:00:00", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20 10:00:00.25", "", "2026-11-20T10:00:00.25Z"},
		{"2026-11-20 05:00:00-05:00", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20T10:00Z", "", "2026-11-20T10:00:00Z"},
		{"20261120T100000Z", "", "2026-11-20T10:00:00Z"},
		{"2026-11-20", "", "2026-11-19T15:00:00Z"}, // that day in the workspace's zone
		// A clock that is wrong, by its own word.
		{"2026-11-20T09:00:00Z", "2026-11-20T11:00:00Z", "2026-11-20T10:00:00Z"},
		{"2026-11-20T15:00:00Z", "2026-11-20T15:00:30Z", "2026-11-20T11:59:30Z"},
		{"1970-01-01T00:00:05Z", "1970-01-01T00:01:05Z", "2026-11-20T11:59:00Z"},
		{"2100-01-01T00:00:00Z", "2100-01-01T01:00:00Z", "2026-11-20T11:00:00Z"},
		{"2026-11-13T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-13T12:00:00Z"}, // waited a week to be sent
		{"2026-11-20T11:00:00Z", "2026-11-20T11:59:52Z", "2026-11-20T11:00:00Z"}, // on its way for some seconds
		// A sending that tells nothing.
		{"2026-11-20T11:00:00Z", "1970-01-01T00:00:00Z", "2026-11-20T11:00:00Z"},
		{"2026-11-20T11:00:00Z", "2100-01-01T00:00:00Z", "2026-11-20T11:00:00Z"},
		{"2026-11-20T11:00:00Z", "soon", "2026-11-20T11:00:00Z"},
		// Out of what is possible.
		{"2026-11-21T11:59:59Z", "", noon},
		{"2026-11-21T12:00:01Z", "", string(ingest.ReasonFuture)},
		{"2100-01-01T00:00:00Z", "", string(ingest.ReasonFuture)},
		{"2100-01-01T00:00:00Z", "2026-11-20T12:00:00Z", string(ingest.ReasonFuture)},
		{"1970-01-01T00:00:00Z", "", string(ingest.ReasonPast)},
		{"1999-12-31T23:59:59Z", "", string(ingest.ReasonPast)},
		{"0001-01-01T00:00:00Z", "", string(ingest.ReasonPast)},
		{"9999-12-31T00:00:00Z", "", string(ingest.ReasonFuture)},
		{"2000-01-01T00:00:00Z", "2026-11-20T12:00:00Z", "2000-01-01T00:00:00Z"},
		{"10:00", "", string(ingest.ReasonTime)},
	} {
		m := fmt.Sprintf(`{"type":"track","userId":"u","event":"e","timestamp":%q}`, c.happened)
		own := fmt.Sprintf(`{"type":"track","userId":"u","event":"e","originalTimestamp":%q,"sentAt":%q}`, c.happened, c.sent)
		for _, body := range []string{fmt.Sprintf(`{"sentAt":%q,"batch":[%s]}`, c.sent, m), fmt.Sprintf(`{"batch":[%s],"sentAt":%q}`, m, c.sent), fmt.Sprintf(`{"batch":[%s]}`, own)} {
			out, err := message.NewDecoder(tokyo).Decode(batch, []byte(body), arrival())
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(out.Messages) == 1 {
				got = time.UnixMicro(out.Messages[0].Time).UTC().Format(time.RFC3339Nano)
			} else {
				got = string(out.Rejected[0].Reason)
			}
			if got != c.want {
				t.Errorf("%s\nwant %s, got %s", body, c.want, got)
			}
		}
	}
}
