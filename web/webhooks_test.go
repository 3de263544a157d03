package web_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/webhook"
)

// TestWebhookPages makes an endpoint, changes it, sends to it and removes it.
func TestWebhookPages(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	kinds := []string{"call_to_action.opened", "on", "score.band_changed", "on"}
	form := func(pairs ...string) (int, string) {
		t.Helper()
		code, body, _ := o.post(t, "/settings/webhooks", posts(append(pairs, kinds...)...))
		return code, body
	}
	if _, body := o.get(t, "/settings/webhooks"); !strings.Contains(body, "No endpoints yet") {
		t.Fatal("the page of no endpoints")
	}
	if code, body := form("url", "http://example.com", "name", "<b>Data</b>"); code != http.StatusBadRequest || !strings.Contains(body, "begin with https://") ||
		!strings.Contains(body, "&lt;b&gt;Data") || strings.Contains(body, "whsec_") {
		t.Fatal(code, body)
	}
	if code, body := form("url", "https://10.0.0.1/"); code != http.StatusBadRequest || !strings.Contains(body, "not public") {
		t.Fatal(code, body)
	}
	code, body := form("url", "https://hooks.example/a", "name", "Data")
	secret := regexp.MustCompile(`whsec_[A-Za-z0-9+/=]{32}`).FindString(body)
	if code != http.StatusOK || secret == "" {
		t.Fatal(code, body)
	}
	for _, path := range []string{"/settings/webhooks", "/settings/webhooks/1"} {
		if _, body = o.get(t, path); strings.Contains(body, "whsec_") || !strings.Contains(body, "hooks.example/a") || !strings.Contains(body, "Score moved") {
			t.Fatalf("%s: %s", path, body)
		}
	}
	if code, body, _ = o.post(t, "/settings/webhooks/1/save", posts(append([]string{"url", "https://hooks.example/b", "version", "9", "enabled", "on"}, kinds...)...)); code != http.StatusConflict || !strings.Contains(body, "Somebody changed") {
		t.Fatal(code, body)
	}
	if code, body, _ = o.post(t, "/settings/webhooks/1/rotate", nil); code != http.StatusOK || !strings.Contains(body, "whsec_") || strings.Contains(body, secret) || !strings.Contains(body, "still signs") {
		t.Fatal(code, body)
	}
	o.post(t, "/settings/webhooks/1/test", nil)
	if err := o.app.Webhooks.FanOut(ctx); err != nil {
		t.Fatal(err)
	}
	if _, body = o.get(t, "/settings/webhooks/1/deliveries/1"); !strings.Contains(body, "webhook.test") || !strings.Contains(body, "msg_") || strings.Contains(body, "Send again") {
		t.Fatal(body)
	}
	if code, body, _ = o.post(t, "/settings/webhooks/1/deliveries/1/replay", nil); code != http.StatusConflict || !strings.Contains(body, "on its way already") {
		t.Fatal(code, body)
	}
	disabled := posts(append([]string{"url", "https://hooks.example/b", "version", "2"}, kinds...)...)
	if code, _, _ = o.post(t, "/settings/webhooks/1/save", disabled); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if _, body = o.get(t, "/settings/webhooks/1?state=dead"); !strings.Contains(body, "The endpoint was disabled") || !strings.Contains(body, "hooks.example/b") {
		t.Fatal(body)
	}
	if code, body, _ = o.post(t, "/settings/webhooks/1/replay", nil); code != http.StatusConflict || !strings.Contains(body, "Enable it first") {
		t.Fatal(code, body)
	}
	e, err := o.app.Webhooks.Endpoint(ctx, minori.System(), 1)
	if err == nil {
		_, err = o.app.Webhooks.Change(ctx, minori.System(), 1, e.Version, webhook.Draft{URL: e.URL, Kinds: e.Kinds}, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	if code, _, _ = o.post(t, "/settings/webhooks/1/deliveries/1/replay", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if _, body = o.get(t, "/settings/webhooks/1/deliveries/1"); !strings.Contains(body, "Pending") {
		t.Fatal(body)
	}
	if code, _, _ = o.post(t, "/settings/webhooks/1/remove", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if code, _ = o.get(t, "/settings/webhooks/1"); code != http.StatusNotFound {
		t.Fatal(code)
	}
}
