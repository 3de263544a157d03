package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/minori-hq/minori/api"
	"github.com/minori-hq/minori/ingest"
)

// TestClientsWait runs the official clients for Node against a server that has
// no room at first: they are told when to come again, and lose nothing.
func TestClientsWait(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatalf("this test runs the official clients for Node, which has to be there: %v", err)
	}
	for _, name := range []string{"segment", "rudderstack", "posthog"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := limited(t, ingest.DefaultLimits(), 0)
			release := w.tracking.Hold(api.HeldMost)
			ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, node, "../cmd/minori/testdata/clients/"+name+".mjs", w.url, w.key, "5")
			var out, errout bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &errout
			w.check(cmd.Start())
			select {
			case <-w.refused:
			case <-ctx.Done():
				t.Error("the client sent nothing")
			}
			release()
			if err := cmd.Wait(); err != nil {
				t.Fatalf("%v: %s%s", err, &out, &errout)
			}
			var told struct {
				Statuses []int
				Errors   []string
			}
			w.check(json.Unmarshal(bytes.TrimSpace(out.Bytes()), &told))
			if len(told.Errors) > 0 || !slices.Contains(told.Statuses, 200) {
				t.Errorf("%+v", told)
			}
			sent := map[string]int64{"segment": 3 + 5 + 1 + 2, "rudderstack": 3 + 5 + 1 + 2, "posthog": 3 + 5 + 1}
			w.stored(sent[name])
		})
	}
}
