package api_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/minori-hq/minori/api"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/ingest"
)

// dropped accepts everything under any key and keeps nothing: what remains is
// the cost of HTTP and of decoding.
type dropped struct{}

func (dropped) Accept(context.Context, int64, []ingest.Message) error { return nil }
func (dropped) Room(int64) error                                      { return nil }
func (dropped) Rejected(int64, ingest.Rejection, []byte)              {}
func (dropped) WriteKey(context.Context, string) (auth.WriteKey, error) {
	return auth.WriteKey{Scopes: auth.KeyScopes()}, nil
}
func (dropped) BrowserOrigin(context.Context, string) (bool, error) { return false, nil }

// BenchmarkTracking sends batches over one connection to a server that only
// decodes them; client and server share the machine.
func BenchmarkTracking(b *testing.B) {
	for _, n := range []int{1, 100} {
		for _, how := range []string{"plain", "gzip"} {
			b.Run(fmt.Sprintf("batch=%d/%s", n, how), func(b *testing.B) {
				srv := httptest.NewServer(api.NewTracking(api.TrackingConfig{Acceptor: dropped{}, Keys: dropped{}, Rejections: dropped{}, Zone: time.UTC, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}))
				defer srv.Close()
				c, err := net.Dial("tcp", srv.Listener.Addr().String())
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = c.Close() }()
				body := list("benchmark-message-", n, 230)
				if how == "gzip" {
					body = zipped(body)
				}
				request := []byte(fmt.Sprintf("POST /v1/batch HTTP/1.1\r\nHost: minori\r\nAuthorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s",
					base64.StdEncoding.EncodeToString([]byte("key:")), len(body), body))
				answers := bufio.NewReader(c)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.Write(request); err != nil {
						b.Fatal(err)
					}
					resp, err := http.ReadResponse(answers, nil)
					if err != nil || resp.StatusCode != http.StatusOK {
						b.Fatal(resp, err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
			})
		}
	}
}
