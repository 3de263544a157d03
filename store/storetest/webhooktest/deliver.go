package webhooktest

import (
	"strings"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/webhook"
)

// try sends an endpoint a test event and gives its delivery.
func (e *env) try(t testing.TB, endpoint int64) int64 {
	t.Helper()
	check(t, e.hooks.Try(e.ctx, e.ops, endpoint))
	ids := e.fanOut(t)
	if len(ids) != 1 {
		t.Fatalf("deliveries %v", ids)
	}
	return ids[0]
}

// deliver makes an attempt and gives how long to wait for the next.
func (e *env) deliver(t testing.TB, id int64) time.Duration {
	t.Helper()
	wait, err := e.hooks.Deliver(e.ctx, id)
	check(t, err)
	return wait
}

func testDeliver(t *testing.T, e *env) {
	_, secret1, err := e.hooks.Add(e.ctx, e.ops, webhook.Draft{URL: e.to.URL + "/ok", Kinds: webhook.Kinds()})
	check(t, err)
	list, err := e.hooks.Endpoints(e.ctx, e.ops)
	check(t, err)
	ok := list[0]
	e.to.secrets("/ok", secret1)
	if wait := e.deliver(t, e.try(t, ok.ID)); wait != 0 {
		t.Fatal(wait)
	}
	got := e.to.take()
	if len(got) != 1 || !got[0].valid || !strings.HasPrefix(got[0].id, "msg_") || !strings.Contains(got[0].body, `"type":"webhook.test"`) {
		t.Fatalf("%+v", got)
	}
	wrong := "whsec_" + strings.Repeat("A", 32)
	e.to.secrets("/ok", wrong)
	if e.deliver(t, e.try(t, ok.ID)); e.to.take()[0].valid {
		t.Fatal("a signature holds under any secret")
	}
	_, secret2, err := e.hooks.Rotate(e.ctx, e.ops, ok.ID, 0)
	check(t, err)
	e.to.secrets("/ok", secret1, secret2)
	if e.deliver(t, e.try(t, ok.ID)); !e.to.take()[0].valid {
		t.Fatal("after a rotation not both secrets sign")
	}
	e.now = e.now.Add(webhook.OldSecret)
	e.to.secrets("/ok", secret1)
	if e.deliver(t, e.try(t, ok.ID)); e.to.take()[0].valid {
		t.Fatal("the old secret signs for ever")
	}
	e.to.secrets("/ok", secret2)
	id := e.try(t, ok.ID)
	e.deliver(t, id)
	first := e.to.take()[0]
	e.deliver(t, id) // it is over
	if len(e.to.take()) != 0 {
		t.Fatal("sent again")
	}
	check(t, e.hooks.Replay(e.ctx, e.ops, id))
	if err := e.hooks.Replay(e.ctx, e.ops, id); webhook.WhyOf(err) != webhook.WhyPending {
		t.Fatal(err)
	}
	e.deliver(t, id)
	if again := e.to.take(); len(again) != 1 || again[0].id != first.id || again[0].body != first.body || !again[0].valid {
		t.Fatalf("%+v, before %+v", again, first)
	}
	d, attempts := e.delivery(t, id)
	if d.State != webhook.Delivered || d.Attempts != 2 || d.Code != 200 || len(attempts) != 2 || attempts[0].Number != 2 {
		t.Fatalf("%+v %+v", d, attempts)
	}
	_, n, err := e.hooks.Deliveries(e.ctx, e.ops, webhook.Filter{Endpoint: ok.ID, State: webhook.Delivered, Kind: webhook.Test}, minori.Page{Limit: 2})
	check(t, err)
	if n != 5 {
		t.Fatal(n)
	}
	e.answers(t)
}

// answers tries receivers that do not take what they get.
func (e *env) answers(t *testing.T) {
	for _, x := range []struct {
		path, says string
		code       int
		least      time.Duration // before the next attempt
	}{
		{"/fail", "status", 500, 8 * time.Second},
		{"/slow", "timeout", 0, 8 * time.Second},
		{"/away", "redirect", 307, 8 * time.Second},
		{"/huge", "", 200, 0},
		{"/busy", "status", 429, time.Hour},
		{"/broken", "broken: EOF", 0, 8 * time.Second},
	} {
		id := e.try(t, e.endpoint(t, x.path, webhook.CallOpened).ID)
		wait := e.deliver(t, id)
		d, _ := e.delivery(t, id)
		if d.Error != x.says || d.Code != x.code || (wait == 0) != (x.least == 0) || wait < x.least || wait > 2*x.least {
			t.Errorf("%s: %q %d, next in %s", x.path, d.Error, d.Code, wait)
		}
		if got := e.to.take(); len(got) != 1 {
			t.Errorf("%s was asked %d times", x.path, len(got))
		}
	}
	closed := newReceiver(t)
	closed.Close()
	x, _, err := e.hooks.Add(e.ctx, e.ops, webhook.Draft{URL: closed.URL, Kinds: webhook.Kinds()})
	check(t, err)
	id := e.try(t, x.ID)
	e.deliver(t, id)
	if d, _ := e.delivery(t, id); !strings.Contains(d.Error, "connect: ") {
		t.Errorf("%+v", d)
	}
}

// testFailing has an endpoint fail until its deliveries are given up, and then
// until it is disabled.
func testFailing(t *testing.T, e *env) {
	x := e.endpoint(t, "/fail", webhook.CallOpened)
	id := e.try(t, x.ID)
	began, tries := e.now, 0
	for {
		wait := e.deliver(t, id)
		tries++
		if wait == 0 {
			break
		}
		if again := e.deliver(t, id); again == 0 || again > wait {
			t.Fatalf("a job that came too early is told to wait %s of %s", again, wait)
		}
		e.now = e.now.Add(wait)
	}
	if days := e.now.Sub(began).Hours() / 24; tries != 14 || days < 2.2 || days > 3.6 {
		t.Fatalf("%d attempts in %.1f days", tries, days)
	}
	d, attempts := e.delivery(t, id)
	if d.State != webhook.Dead || d.Attempts != 14 || len(attempts) != 14 || d.Next != 0 || len(e.to.take()) != 14 {
		t.Fatalf("%+v", d)
	}
	got, err := e.hooks.Endpoint(e.ctx, e.ops, x.ID)
	check(t, err)
	if got.Dead != 1 || !got.Enabled || got.Failing == 0 {
		t.Fatalf("%+v", got)
	}
	n, err := e.hooks.ReplayDead(e.ctx, e.ops, x.ID)
	check(t, err)
	if n != 1 {
		t.Fatal(n)
	}
	e.now = e.now.AddDate(0, 0, 4)
	if wait := e.deliver(t, id); wait == 0 {
		t.Fatal("the endpoint should be tried again after a replay")
	}
	got, err = e.hooks.Endpoint(e.ctx, e.ops, x.ID)
	check(t, err)
	if d, _ := e.delivery(t, id); got.Enabled || got.Stopped != "status" || d.State != webhook.Dead || len(e.stopped) != 1 {
		t.Fatalf("%+v %+v %v", got, d, e.stopped)
	}
	if err := e.hooks.Replay(e.ctx, e.ops, id); webhook.WhyOf(err) != webhook.WhyDisabled {
		t.Fatal(err)
	}
	e.gone(t)
	e.works(t)
}

// gone has a receiver say that it wants no more.
func (e *env) gone(t *testing.T) {
	gone := e.endpoint(t, "/gone", webhook.CallOpened)
	id, other := e.try(t, gone.ID), e.try(t, gone.ID)
	if wait := e.deliver(t, id); wait != 0 {
		t.Fatal(wait)
	}
	if x, err := e.hooks.Endpoint(e.ctx, e.ops, gone.ID); err != nil || x.Enabled || x.Dead != 2 {
		t.Fatalf("%+v %v", x, err)
	}
	if d, _ := e.delivery(t, other); d.State != webhook.Dead || d.Error != "disabled" {
		t.Fatalf("%+v", d)
	}
	x, err := e.hooks.Change(e.ctx, e.ops, gone.ID, 0, gone.Draft, true)
	check(t, err)
	if x.Stopped != "" || !x.Enabled {
		t.Fatalf("%+v", x)
	}
}

// works has an endpoint fail once and then work again.
func (e *env) works(t *testing.T) {
	x := e.endpoint(t, "/fail", webhook.CallOpened)
	e.deliver(t, e.try(t, x.ID))
	x, err := e.hooks.Endpoint(e.ctx, e.ops, x.ID)
	check(t, err)
	x.Draft.URL = e.to.URL + "/ok"
	_, err = e.hooks.Change(e.ctx, e.ops, x.ID, x.Version, x.Draft, true)
	check(t, err)
	e.deliver(t, e.try(t, x.ID))
	if x, err = e.hooks.Endpoint(e.ctx, e.ops, x.ID); err != nil || x.Failing != 0 || x.Pending != 1 {
		t.Fatalf("%+v %v", x, err)
	}
}

// testTrim forgets what is over, and keeps what is not.
func testTrim(t *testing.T, e *env) {
	x := e.endpoint(t, "/ok", webhook.CallOpened)
	old := e.try(t, x.ID)
	e.deliver(t, old)
	waiting := e.try(t, x.ID)
	check(t, e.hooks.Try(e.ctx, e.ops, x.ID)) // not fanned out yet
	e.now = e.now.AddDate(0, 0, webhook.KeepDays+1)
	check(t, e.hooks.Trim(e.ctx))
	_, _, err := e.hooks.Delivery(e.ctx, e.ops, old)
	wantCode(t, err, minori.NotFound)
	if d, _ := e.delivery(t, waiting); d.State != webhook.Pending {
		t.Fatalf("%+v", d)
	}
	ids := e.fanOut(t)
	if len(ids) != 1 {
		t.Fatalf("an event that was not sent yet is forgotten: %v", ids)
	}
	e.deliver(t, ids[0])
	check(t, e.hooks.Trim(e.ctx))
	if d, attempts := e.delivery(t, ids[0]); d.State != webhook.Delivered || len(attempts) != 1 {
		t.Fatalf("%+v", d)
	}
}
