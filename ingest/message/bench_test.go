package message_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minori-hq/minori/ingest/message"
)

// batchOf makes a batch of n messages of about 330 bytes, as Segment's client
// for Node sends them.
func batchOf(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"batch":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"track","event":"feature_used","userId":"user-%d","messageId":"node-next-17637206400%05d-f81d4fae-7dec-11d0","timestamp":"2026-11-20T10:00:%02d.000Z","properties":{"feature":"export","count":%d,"plan":"pro"},"context":{"groupId":"acc-%d","library":{"name":"@segment/analytics-node","version":"3.1.0"}},"integrations":{}}`,
			i%40, i, i%60, i%9, i%17)
	}
	b.WriteString(`],"writeKey":"mwk_x","sentAt":"2026-11-20T10:01:00.000Z"}`)
	return []byte(b.String())
}

func BenchmarkDecode(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			body, at := batchOf(n), time.Date(2026, 11, 20, 10, 1, 0, 0, time.UTC)
			d := message.NewDecoder(time.UTC)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				out, err := d.Decode(message.Shape{}, body, at)
				if err != nil || len(out.Messages) != n {
					b.Fatal(out, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
		})
	}
}
