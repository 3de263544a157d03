package webhook

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestAddresses holds addresses against what deliveries may go to.
func TestAddresses(t *testing.T) {
	s := newSender([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}, 0)
	for _, text := range []string{"8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "2400:cb00::1"} {
		if ip := netip.MustParseAddr(text); !s.isPublic(ip) {
			t.Errorf("%s is public", text)
		}
	}
	for _, text := range []string{
		"0.0.0.0", "10.0.0.1", "127.0.0.1", "127.8.9.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200",
		"192.0.0.192", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a9fe:a9fe",
		"2002:a9fe:a9fe::1", "::ffff:127.0.0.1", "::127.0.0.1", "2001:db8::1",
	} {
		if ip := netip.MustParseAddr(text); s.isPublic(ip) || s.isPublic(ip.Unmap()) {
			t.Errorf("%s is not public", text)
		}
	}
	if !s.isAllowed(netip.MustParseAddr("10.1.2.3")) || s.isAllowed(netip.MustParseAddr("10.2.0.1")) || s.isAllowed(netip.MustParseAddr("8.8.8.8")) {
		t.Error("the allowed network")
	}
}

// deliver sends to an address without looking at it first.
func deliver(t *testing.T, s *sender, to string) answer {
	t.Helper()
	a, err := s.send(context.Background(), to, "msg_1", "{}", time.Now(), []string{newSecret()})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestDialled sends to names and addresses of this machine: what counts is the
// address that is dialled.
func TestDialled(t *testing.T) {
	asked := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { asked++ })
	clear, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer clear.Close()
	defer secure.Close()
	port := func(s *httptest.Server) string { _, p, _ := net.SplitHostPort(s.Listener.Addr().String()); return p }
	strict := newSender(nil, 0)
	for _, to := range []string{
		secure.URL, clear.URL, "https://localhost:" + port(secure), "http://localhost:" + port(clear), "https://[::ffff:127.0.0.1]:" + port(secure),
		"https://2130706433:" + port(secure), "https://127.1:" + port(secure),
	} {
		if a := deliver(t, strict, to); a.err != string(FaultPrivate) && a.err != string(FaultName) {
			t.Errorf("%s: %q", to, a.err)
		}
	}
	if asked != 0 {
		t.Fatalf("this machine was asked %d times", asked)
	}
	open := newSender([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 0)
	if a := deliver(t, open, "http://localhost:"+port(clear)); !a.delivered() || asked != 1 {
		t.Errorf("%+v", a)
	}
	if a := deliver(t, open, secure.URL); !strings.HasPrefix(a.err, string(FaultBroken)) || !strings.Contains(a.err, "certificate") {
		t.Errorf("a certificate that nobody signed: %+v", a)
	}
	elsewhere := newSender([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, 0)
	if a := deliver(t, elsewhere, clear.URL); a.err != string(FaultPrivate) {
		t.Errorf("%+v", a)
	}
	// A proxy would dial for us: none is used.
	t.Setenv("HTTP_PROXY", clear.URL)
	t.Setenv("HTTPS_PROXY", clear.URL)
	if a := deliver(t, strict, "https://10.0.0.1/"); a.err != string(FaultPrivate) {
		t.Errorf("%+v", a)
	}
}

// TestStopped ends the context in the middle: that is no attempt.
func TestStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the sender is gone
		cancel()
		<-r.Context().Done()
	}))
	defer slow.Close()
	s := newSender([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, 0)
	if _, err := s.send(ctx, slow.URL, "msg_1", "{}", time.Now(), []string{newSecret()}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// FuzzURL tries addresses: what is taken can be asked, and goes to a host.
func FuzzURL(f *testing.F) {
	for _, s := range []string{"https://example.com/x?y=1", "http://example.com", "https://[::1]/", "https://a@b/", "https://exa mple/", "https://例え.jp/", "https://127.0.0.1.", "https://LOCALHOST."} {
		f.Add(s)
	}
	s := newSender(nil, 0)
	f.Fuzz(func(t *testing.T, text string) {
		if s.checkURL(text) != nil {
			return
		}
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
			t.Fatalf("%q: %v %v", text, u, err)
		}
		if _, err := http.NewRequest(http.MethodPost, text, nil); err != nil {
			t.Fatal(err)
		}
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !s.isPublic(ip.Unmap().WithZone("")) {
			t.Fatalf("%q is not public", text)
		}
	})
}

// TestPause holds the pauses against their bounds.
func TestPause(t *testing.T) {
	if pause(1, 0) != 8*time.Second || pause(1, 1) != 12*time.Second || pause(30, 0.5) != maxWait {
		t.Fatal(pause(1, 0), pause(1, 1), pause(30, 0.5))
	}
	whole := time.Duration(0)
	for n := 1; n < maxTries; n++ {
		whole += pause(n, 0.5)
	}
	if days := whole.Hours() / 24; days < 2.5 || days > 3.5 {
		t.Fatalf("%.1f days", days)
	}
}
