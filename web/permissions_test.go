package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/resource"
	"github.com/minori-hq/minori/web"
	"github.com/minori-hq/minori/webhook"
)

// target is an account of the table, with what hangs on it, or an employee.
type target struct {
	whose   string // its CSM: mine, the boss, a stranger, nobody
	key     string
	id      minori.ID
	call    int64
	entry   minori.ID // on its timeline, written by somebody else
	file    int64
	visible func(a minori.Actor) bool
}

// verdict is what a request should be answered with.
type verdict int

const (
	fine          verdict = iota // shown, done, or refused for what the form says
	signIn                       // 401
	forbidden                    // 403
	missing                      // 404
	noEntry                      // 403 or 404: neither the role nor the account is right
	fineOrMissing                // it may be gone by now
	unknown                      // fine, or 401 or 429 to those whose word is not right
)

func (a verdict) is(code int) bool {
	switch a {
	case signIn:
		return code == http.StatusUnauthorized
	case forbidden:
		return code == http.StatusForbidden
	case missing:
		return code == http.StatusNotFound
	case noEntry:
		return code == http.StatusForbidden || code == http.StatusNotFound
	case unknown:
		return code < 400 || code == http.StatusBadRequest || code == http.StatusUnauthorized || code == http.StatusTooManyRequests
	case fineOrMissing:
		return code < 400 || code == http.StatusNotFound
	}
	return code < 400 || code == http.StatusBadRequest || code == http.StatusConflict
}

func (a verdict) String() string {
	return []string{"fine", "401", "403", "404", "403 or 404", "fine or 404", "fine, 401 or 429"}[a]
}

// allowed says what an actor who is signed in may expect of an address.
type allowed func(a minori.Actor, t *target) verdict

// Rules of the table.
func machine(minori.Actor, *target) verdict { return fine }

// anybody is for those who are not signed in, too. A signed-in user without a
// role, which no user is, opens nothing.
func anybody(a minori.Actor, _ *target) verdict { return when(a.Name == "" || a.MayRead(), forbidden) }

// asks is for forms that say who one is.
func asks(a minori.Actor, t *target) verdict {
	if v := anybody(a, t); v != fine {
		return v
	}
	return unknown
}

func lost(a minori.Actor, t *target) verdict { return when(anybody(a, t) != fine, missing, forbidden) }

func reads(a minori.Actor, _ *target) verdict { return when(a.MayRead(), forbidden) }

func sees(a minori.Actor, t *target) verdict {
	if !a.MayRead() {
		return forbidden
	}
	return when(t.visible(a), missing)
}

// nowhere is an address of something that is not there for anybody.
func nowhere(a minori.Actor, _ *target) verdict { return when(!a.MayRead(), missing, forbidden) }

func acts(a minori.Actor, t *target) verdict {
	switch {
	case t == nil || t.visible(a):
		return when(a.MayAct(), forbidden)
	case a.MayAct():
		return missing
	}
	return noEntry
}

func configures(a minori.Actor, t *target) verdict {
	if t != nil && !t.visible(a) {
		return noEntry
	}
	return when(a.MayConfigure(), forbidden)
}

func leads(a minori.Actor, _ *target) verdict { return when(action.MayLead(a), forbidden) }

func administers(a minori.Actor, _ *target) verdict {
	return when(a.Role == minori.RoleAdmin, forbidden)
}

// strangers is for what only somebody else may do.
func strangers(a minori.Actor, t *target) verdict {
	return when(!t.visible(a), forbidden, noEntry)
}

// when gives fine, or the first verdict, if a condition does not hold; with two
// answers the first, or the second if it does.
func when(ok bool, otherwise ...verdict) verdict {
	switch {
	case len(otherwise) == 2 && ok:
		return otherwise[1]
	case len(otherwise) == 2 || !ok:
		return otherwise[0]
	}
	return fine
}

// address is one row of the table: what is asked of a pattern, and who may.
type address struct {
	pattern string
	path    string // {account}, {call}, {entry}, {file}, {person} are the target's; "" for the pattern's own
	form    url.Values
	allowed allowed
}

// scene is the office with people who see different accounts.
type scene struct {
	*office
	actors   []minori.Actor
	accounts []*target
	people   []*target
	number   int
}

func newScene(t *testing.T) *scene {
	s := &scene{office: newOffice(t)}
	ctx := context.Background()
	ids := s.employees(t)
	// Accounts with a call, so that calls can be asked for.
	list, _, err := s.app.Actions.List(ctx, minori.System(), action.Filter{Status: action.AnyOpen}, minori.Page{Limit: minori.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	csms := []string{"t-mine", "t-boss", "t-other", ""}
	var rows []account.FactRow
	for _, c := range list {
		known := slices.ContainsFunc(s.accounts, func(x *target) bool { return x.id == c.Subject.ID })
		if c.Subject.Kind != minori.Account || known || len(s.accounts) == len(csms) {
			continue
		}
		csm := csms[len(s.accounts)]
		s.accounts = append(s.accounts, &target{whose: csm, key: c.Subject.Key, id: c.Subject.ID, call: c.ID, visible: sight(ids, csm)})
		rows = append(rows, s.row(account.FactRow{Account: &account.Account{Key: c.Subject.Key, CSM: csm}}))
	}
	if len(s.accounts) < len(csms) {
		t.Fatalf("only %d accounts have calls", len(s.accounts))
	}
	s.load(t, "csm", rows)
	for _, x := range s.accounts {
		s.write(t, x)
	}
	s.define(t)
	s.staff(t, ids)
	s.hook(t)
	return s
}

// hook makes an endpoint of webhooks with a delivery that waits.
func (s *scene) hook(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	e, _, err := s.app.Webhooks.Add(ctx, minori.System(), webhook.Draft{Name: "Data team", URL: "https://hooks.example/minori", Kinds: webhook.Kinds()})
	if err == nil {
		err = s.app.Webhooks.Try(ctx, minori.System(), e.ID)
	}
	if err == nil {
		err = s.app.Webhooks.FanOut(ctx)
	}
	if err != nil || e.ID != 1 {
		t.Fatal(e.ID, err)
	}
}

// sight says who sees what a CSM looks after: the test's own words for it.
func sight(ids map[string]minori.ID, csm string) func(minori.Actor) bool {
	return func(a minori.Actor) bool {
		switch {
		case a.Role == minori.RoleAdmin || a.Access == minori.AccessAll:
			return true
		case a.Access == minori.AccessOwn:
			return csm != "" && a.Person == ids[csm]
		}
		return csm == "t-mine" && a.Person == ids["t-boss"] || csm != "" && a.Person == ids[csm]
	}
}

// employees makes a CSM, the boss above, and a stranger.
func (s *scene) employees(t *testing.T) map[string]minori.ID {
	t.Helper()
	keys := []string{"t-boss", "t-mine", "t-other"}
	manager := map[string]string{"t-mine": "t-boss"}
	var rows []account.FactRow
	for _, key := range keys {
		rows = append(rows, s.row(account.FactRow{Person: &account.Person{Key: key, Name: "Employee " + key, Email: key + "@example.com", Manager: manager[key]}}))
	}
	s.load(t, "", rows)
	ids, err := s.app.Accounts.PersonsByRef(context.Background(), keys)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		id := ids[key]
		s.people = append(s.people, &target{whose: key, key: key, id: id, visible: func(a minori.Actor) bool {
			return a.Role == minori.RoleAdmin || a.Person == id || a.Person == ids["t-boss"] && key == "t-mine"
		}})
	}
	return ids
}

// define adds a measure and a scorecard about employees, and evaluates.
func (s *scene) define(t *testing.T) {
	t.Helper()
	const text = "kind: Measure\nname: tenure\nsubject: person\nvalue: person.tenure_days\n---\n" +
		"kind: Scorecard\nname: staying\nsubject: person\ngroups:\n  - {name: all, weight: 1, measures: [{measure: tenure, weight: 1, bands: {points: [[0, 0], [100, 100]]}}]}\n" +
		"missing: {neutral: 50}\nbands: {yellow: 50, green: 75}\n---\n" +
		"kind: Dashboard\nname: board\ntiles: [{type: figure, report: arr}, {type: table, report: arr, by: account.tier}]\n"
	ctx := context.Background()
	if _, err := s.app.Apply(ctx, minori.System(), []resource.File{{Name: "people.yaml", Data: []byte(text)}}, false, "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.app.Evaluate.Evaluate(ctx, minori.System(), minori.At(s.app.Now(), s.app.Location())); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) row(r account.FactRow) account.FactRow {
	s.number++
	r.Row = metric.Row{Line: s.number, Key: metric.Hash{Lo: uint64(s.number)}, Hash: metric.Hash{Lo: uint64(s.number)}}
	return r
}

// load imports rows that fill one field only, "" for all.
func (s *scene) load(t *testing.T, field string, rows []account.FactRow) {
	t.Helper()
	ctx := context.Background()
	ids, err := s.app.Records.EnsureIDs(ctx, "Source", []string{"table"})
	if err != nil {
		t.Fatal(err)
	}
	s.number++
	run := account.Run{Source: ids["table"], Import: int64(1000 + s.number), Time: s.app.Now().UnixMicro()}
	if field != "" {
		run.Mapped = []string{field}
	}
	rep, err := s.app.Accounts.Import(ctx, minori.System(), run, rows)
	if err != nil || len(rep.Rejects) > 0 {
		t.Fatal(err, rep.Rejects)
	}
}

// write puts a new entry with a file on an account's timeline.
func (s *scene) write(t *testing.T, x *target) {
	t.Helper()
	ctx := context.Background()
	blob, err := s.app.Profiles.Receive(minori.System(), strings.NewReader("content"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.app.Profiles.AddEntry(ctx, minori.System(), profile.Entry{Interaction: account.Interaction{
		Account: x.id, Type: "note", Title: "A note", Text: "Words", Time: s.app.Now().UnixMicro() - 1e6,
	}}, []profile.Sent{{Name: "a.txt", Blob: blob}})
	if err != nil {
		t.Fatal(err)
	}
	x.entry, x.file = e.ID, e.Files[0].ID
}

// staff makes the users: every role, and every access where it matters.
func (s *scene) staff(t *testing.T, ids map[string]minori.ID) {
	t.Helper()
	for i, p := range []auth.Profile{
		{Role: minori.RoleAdmin},
		{Role: minori.RoleAdmin, Access: minori.AccessOwn, Person: ids["t-other"]},
		{Role: minori.RoleOperations},
		{Role: minori.RoleOperations, Access: minori.AccessTeam, Person: ids["t-boss"]},
		{Role: minori.RoleLeader},
		{Role: minori.RoleLeader, Access: minori.AccessTeam, Person: ids["t-boss"]},
		{Role: minori.RoleCSM, Access: minori.AccessOwn, Person: ids["t-mine"]},
		{Role: minori.RoleCSM, Access: minori.AccessTeam, Person: ids["t-boss"]},
		{Role: minori.RoleCSM, Access: minori.AccessTeam, Person: ids["t-mine"]},
		{Role: minori.RoleManager, Access: minori.AccessOwn, Person: ids["t-mine"]},
		{Role: minori.RoleObserver},
		{Role: minori.RoleObserver, Access: minori.AccessOwn, Person: ids["t-mine"]},
	} {
		p.Name, p.Email = fmt.Sprintf("%s %s %d", p.Role, p.Access, i), fmt.Sprintf("user-%d@example.com", i)
		u, err := s.app.Auth.AddUser(context.Background(), minori.System(), p, auth.Preferences{})
		if err != nil {
			t.Fatal(err)
		}
		s.actors = append(s.actors, minori.Actor{Name: p.Email, Role: p.Role, User: u.ID, Person: p.Person, Access: p.Access})
	}
	s.actors = append(s.actors, minori.Actor{Name: "roleless@example.com"}, minori.Actor{})
}

// handler is the interface as a sender that is told with the request sees it.
func (s *scene) handler(t *testing.T) http.Handler {
	t.Helper()
	h, err := s.app.HandlerFor(func(r *http.Request) (minori.Actor, error) {
		a, _ := r.Context().Value(sender{}).(minori.Actor)
		if a.Name == "" {
			return a, minori.Errorf(minori.Unauthenticated, "sign in to open these pages")
		}
		return a, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type sender struct{}

// TestPermissions asks every address of the interface as every kind of actor,
// for every kind of account or employee where the address names one.
func TestPermissions(t *testing.T) {
	s := newScene(t)
	h := s.handler(t)
	rows := addresses()
	asked := map[string]bool{}
	for _, row := range rows {
		asked[row.pattern] = true
		if !slices.Contains(web.Patterns(), row.pattern) {
			t.Errorf("the table has %q, which is no address of the interface", row.pattern)
		}
	}
	for _, p := range web.Patterns() {
		if !asked[p] {
			t.Errorf("%q is an address of the interface without a row in the table: say who may open it", p)
		}
	}
	for _, row := range rows {
		t.Run(row.pattern, func(t *testing.T) {
			for _, x := range s.targets(row.path) {
				for _, a := range s.actors {
					s.ask(t, h, row, x, a)
				}
			}
		})
	}
}

// targets gives what an address is asked for.
func (s *scene) targets(path string) []*target {
	switch {
	case strings.Contains(path, "{person}"):
		return s.people
	case strings.Contains(path, "{"):
		return s.accounts
	}
	return []*target{nil}
}

// ask sends one request and holds the answer against the table.
func (s *scene) ask(t *testing.T, h http.Handler, row address, x *target, a minori.Actor) {
	t.Helper()
	method, path, _ := strings.Cut(row.pattern, " ")
	if path == "" {
		method, path = http.MethodGet, method
	}
	if row.path != "" {
		path = row.path
	}
	want, whose := row.allowed(a, x), ""
	if a.Name == "" && (want == forbidden || want == noEntry) {
		want = signIn
	}
	if x != nil {
		whose = " of " + x.whose
		if method == http.MethodPost && strings.Contains(path, "{entry}") {
			s.write(t, x) // the one before may be gone
		}
		path = strings.NewReplacer("{account}", url.PathEscape(x.key), "{person}", url.PathEscape(x.key), "{call}", fmt.Sprint(x.call),
			"{entry}", fmt.Sprint(x.entry), "{file}", fmt.Sprint(x.file), "{id}", fmt.Sprint(x.id)).Replace(path)
	}
	path = strings.ReplaceAll(path, "{$}", "")
	form := url.Values{}
	for k, vs := range row.form {
		for _, v := range vs {
			if x != nil {
				v = strings.NewReplacer("{account}", x.key, "{call}", fmt.Sprint(x.call), "{id}", fmt.Sprint(x.id)).Replace(v)
			}
			form.Add(k, v)
		}
	}
	code, body := send(h, method, path, form, a)
	if !want.is(code) {
		t.Errorf("%s %s%s as %s (%s, access %q, person %d) answers %d, want %s", method, path, whose, a.Name, a.Role, a.Access, a.Person, code, want)
	}
	for _, key := range accountKey.FindAllString(body, -1) {
		if typed := x != nil && key == x.key; !s.shows(a, key) && !typed {
			t.Errorf("%s %s shows %s (%s, access %q, person %d) the account %s", method, path, a.Name, a.Role, a.Access, a.Person, key)
			break
		}
	}
}

// accountKey is how the sample company's accounts are called.
var accountKey = regexp.MustCompile(`\bA0\d{5}\b`)

// shows reports whether an actor may be shown an account: whoever does not see
// all sees none but those of the table.
func (s *scene) shows(a minori.Actor, key string) bool {
	if a.SeesAll() {
		return true
	}
	return slices.ContainsFunc(s.accounts, func(x *target) bool { return x.key == key && x.visible(a) })
}

// send sends a request that lasts a moment at most, as streams have no end.
func send(h http.Handler, method, path string, form url.Values, a minori.Actor) (int, string) {
	ctx := context.WithValue(context.Background(), sender{}, a)
	if strings.HasPrefix(path, "/live") {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
	}
	r := httptest.NewRequestWithContext(ctx, method, "http://localhost"+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := &quiet{header: http.Header{}}
	h.ServeHTTP(w, r)
	return w.status(), w.text()
}

// quiet is a response that can be read while it is written.
type quiet struct {
	mu     sync.Mutex
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (q *quiet) Header() http.Header { return q.header }

// WriteHeader implements http.ResponseWriter.
func (q *quiet) WriteHeader(code int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.code == 0 {
		q.code = code
	}
}

// Write implements http.ResponseWriter.
func (q *quiet) Write(b []byte) (int, error) {
	q.WriteHeader(http.StatusOK)
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.body.Write(b)
}

// Flush implements http.Flusher.
func (q *quiet) Flush() {}

// SetWriteDeadline is asked for by streams.
func (q *quiet) SetWriteDeadline(time.Time) error { return nil }

func (q *quiet) status() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.code
}

func (q *quiet) text() string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.body.String()
}
