package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	minori "github.com/minori-hq/minori"
)

// Bounds of one attempt.
const (
	attemptTimeout = 15 * time.Second
	connectTimeout = 5 * time.Second
	maxAnswer      = 64 << 10 // bytes read of an answer's body, and of its head
)

// sender sends requests to addresses that are public, or that are allowed.
type sender struct {
	allowed  []netip.Prefix
	special  []netip.Prefix
	public   *http.Client // for https
	internal *http.Client // for http: to allowed networks only
}

func newSender(allowed []netip.Prefix, timeout time.Duration) *sender {
	s := &sender{allowed: allowed}
	for _, p := range specialNetworks() {
		s.special = append(s.special, netip.MustParsePrefix(p))
	}
	if timeout == 0 {
		timeout = attemptTimeout
	}
	s.public = s.client(timeout, func(ip netip.Addr) bool { return s.isAllowed(ip) || s.isPublic(ip) })
	s.internal = s.client(timeout, s.isAllowed)
	return s
}

// specialNetworks are those that IANA's registries of special-purpose addresses
// keep from the public internet; IPv6 ones that carry an IPv4 address are among
// them, as they lead to it.
func specialNetworks() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
		"203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		"5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	}
}

func (s *sender) isAllowed(ip netip.Addr) bool { return within(s.allowed, ip) }

func (s *sender) isPublic(ip netip.Addr) bool {
	return ip.IsValid() && ip.IsGlobalUnicast() && !within(s.special, ip)
}

func within(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// errPrivate says that an address is not one that deliveries may go to.
var errPrivate = errors.New("the address is not public, and its network is not allowed")

// client makes a client that connects only to addresses that may be reached.
// The address is looked at when it is dialled, after every name was resolved.
func (s *sender) client(timeout time.Duration, may func(netip.Addr) bool) *http.Client {
	dialer := &net.Dialer{Timeout: min(timeout, connectTimeout), Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !may(to.Addr().Unmap().WithZone("")) {
			return errPrivate
		}
		return nil
	}}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: nil, DialContext: dialer.DialContext, MaxResponseHeaderBytes: maxAnswer, TLSHandshakeTimeout: connectTimeout,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
		},
	}
}

// checkURL reports what is wrong with the address of an endpoint. A name is
// not resolved: it is looked at with every attempt.
func (s *sender) checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || !plain(text) || u.Hostname() == "" || u.Opaque != "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" {
		return refuse(minori.Invalid, WhyURL, "%q is not an address such as https://example.com/hooks", short(text, 80))
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return refuse(minori.Invalid, WhyURL, "%q is not an address such as https://example.com/hooks", short(text, 80))
		}
	}
	if u.Scheme == "http" && len(s.allowed) == 0 {
		return refuse(minori.Invalid, WhyHTTPS, "the address of an endpoint begins with https://")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap().WithZone("")
		if !s.isAllowed(ip) && (u.Scheme == "http" || !s.isPublic(ip)) {
			return notPublic(host)
		}
	} else if (host == "localhost" || strings.HasSuffix(host, ".localhost")) && len(s.allowed) == 0 {
		return notPublic(host)
	}
	return nil
}

func notPublic(host string) error {
	return refuse(minori.Invalid, WhyPrivate, "%s is not a public address; whoever runs the server can allow its network", short(host, 80))
}

// Fault is why an attempt did not deliver.
type Fault string

// The faults.
const (
	FaultStatus   Fault = "status"   // the receiver refused it, see the HTTP status
	FaultRedirect Fault = "redirect" // redirects are not followed
	FaultGone     Fault = "gone"     // the receiver wants no more
	FaultPrivate  Fault = "private"  // the host's address is not public, and its network is not allowed
	FaultTimeout  Fault = "timeout"  // no answer in time
	FaultName     Fault = "name"     // the name of the host cannot be resolved
	FaultConnect  Fault = "connect"  // no connection to the host
	FaultBroken   Fault = "broken"   // the connection broke, or what came was no answer
	FaultDisabled Fault = "disabled" // no attempt: the endpoint was disabled
)

// ReadFault reads the fault of a delivery or attempt, and what the network said.
func ReadFault(text string) (f Fault, detail string) {
	before, detail, _ := strings.Cut(text, ": ")
	return Fault(before), detail
}

// with writes a fault with what the network said.
func (f Fault) with(detail error) string { return string(f) + ": " + short(fmt.Sprint(detail), 200) }

// answer is what came of one attempt.
type answer struct {
	code   int           // 0 for none
	err    string        // a fault; "" if it was delivered
	wait   time.Duration // for which the receiver asked to be left alone
	gone   bool          // the receiver wants no more
	millis int64
}

// delivered reports whether the receiver took it.
func (a *answer) delivered() bool { return a.err == "" }

// send makes one attempt.
func (s *sender) send(ctx context.Context, to, uid, body string, at time.Time, secrets []string) (answer, error) {
	sign, err := signatures(secrets, uid, at, body)
	if err != nil {
		return answer{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Minori-Webhooks/1")
	r.Header.Set(standardwebhooks.HeaderWebhookID, uid)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, sign)
	client := s.public
	if r.URL.Scheme == "http" {
		client = s.internal
	}
	began := time.Now()
	resp, err := client.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return answer{}, ctx.Err() // the program stops: this was no attempt
		}
		return answer{err: faultOf(err), millis: time.Since(began).Milliseconds()}, nil
	}
	// What the receiver says does not matter; reading it lets the connection be
	// used again. A long answer is left, and its connection closed.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	_ = resp.Body.Close()
	a := judge(resp)
	a.millis = time.Since(began).Milliseconds()
	return a, nil
}

// judge says what an answer means.
func judge(resp *http.Response) answer {
	a := answer{code: resp.StatusCode}
	switch {
	case a.code >= 200 && a.code < 300:
		return a
	case a.code >= 300 && a.code < 400:
		a.err = string(FaultRedirect)
	case a.code == http.StatusGone:
		a.err, a.gone = string(FaultGone), true
	default:
		a.err = string(FaultStatus)
	}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		a.wait = min(time.Duration(min(n, 1e6))*time.Second, maxWait)
	}
	return a
}

// faultOf gives the fault of a failure to connect or to get an answer.
func faultOf(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var netErr net.Error
	switch {
	case errors.Is(err, errPrivate):
		return string(FaultPrivate)
	case errors.As(err, &netErr) && netErr.Timeout():
		return string(FaultTimeout)
	case errors.As(err, &dns):
		return string(FaultName)
	case errors.As(err, &op) && op.Op == "dial":
		return FaultConnect.with(op.Err)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return FaultBroken.with(err)
}

// short cuts a text to n characters that can be shown in a line.
func short(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
