package recordstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/action"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/revenue"
	"github.com/minori-hq/minori/rule"
)

// staff is who manages whom and who looks after which account, as the test
// knows it.
type staff struct {
	manager map[string]string // by the key of a person: another's key or e-mail
	csm     map[string]string // by the key of an account
	persons map[string]minori.ID
	ids     map[string]minori.ID // of accounts
}

const (
	scopePersons  = 12
	scopeAccounts = 30
)

// draw assigns managers and CSMs at random: by id, by e-mail in any case, to
// nobody, and to somebody who does not exist.
func (e *env) draw(t *testing.T, r *rand.Rand) *staff {
	s := &staff{manager: map[string]string{}, csm: map[string]string{}}
	ref := func() string {
		key := fmt.Sprintf("P-%d", r.IntN(scopePersons))
		switch r.IntN(5) {
		case 0:
			return ""
		case 1:
			return "gone"
		case 2:
			return strings.ToUpper(key) + "@Example.com"
		}
		return key
	}
	var people, accounts []account.FactRow
	for i := range scopePersons {
		key := fmt.Sprintf("P-%d", i)
		s.manager[key] = ref()
		people = append(people, person(i+2, account.Person{Key: key, Email: strings.ToLower(key) + "@example.com", Manager: s.manager[key]}))
	}
	for i := range scopeAccounts {
		key := fmt.Sprintf("A-%d", i)
		s.csm[key] = ref()
		accounts = append(accounts, row(i+2, account.Account{Key: key, Name: "Account " + key, CSM: s.csm[key]}))
	}
	e.mustImport(t, e.run(1), people)
	e.mustImport(t, e.run(2), accounts)
	var err error
	s.persons, err = e.accounts.IDs(e.ctx, e.admin, account.KindPerson)
	check(t, err)
	s.ids, err = e.accounts.IDs(e.ctx, e.admin, account.KindAccount)
	check(t, err)
	return s
}

// who resolves a reference by the plain meaning of the words.
func (s *staff) who(ref string) string {
	if key, _, mail := strings.Cut(ref, "@"); mail {
		return strings.ToUpper(key)
	}
	if _, ok := s.persons[ref]; ok {
		return ref
	}
	return ""
}

// reports says whether a person is another or reports to them at any depth.
func (s *staff) reports(key, boss string) bool {
	for range scopePersons + 1 {
		if key == boss {
			return true
		}
		if key = s.who(s.manager[key]); key == "" {
			return false
		}
	}
	return false
}

// sees is the definition of what an actor with an employee sees.
func (s *staff) sees(access minori.Access, me, acc string) bool {
	csm := s.who(s.csm[acc])
	switch access {
	case minori.AccessAll:
		return true
	case minori.AccessOwn:
		return csm != "" && csm == me
	case minori.AccessTeam:
		return csm != "" && s.reports(csm, me)
	}
	return false
}

// testScopes assigns CSMs and managers at random, and holds what everybody is
// given against the definition.
func testScopes(t *testing.T, e *env) {
	r := rand.New(rand.NewPCG(7, 3))
	for round := range 4 {
		s := e.draw(t, r)
		if round == 0 {
			e.scopeFacts(t)
		}
		for _, i := range r.Perm(scopePersons)[:4] {
			me := fmt.Sprintf("P-%d", i)
			id := s.persons[me]
			for _, access := range []minori.Access{minori.AccessOwn, minori.AccessTeam, minori.AccessAll, "else"} {
				role := minori.Roles()[1+r.IntN(len(minori.Roles())-1)]
				e.scopeIs(t, s, minori.Actor{Name: me, Role: role, Person: id, Access: access}, me)
			}
		}
		e.scopeIs(t, s, minori.Actor{Name: "nobody's", Role: minori.RoleCSM, Access: minori.AccessTeam}, "")
		e.scopeIs(t, s, minori.Actor{Name: "admin", Role: minori.RoleAdmin, Access: minori.AccessOwn}, "admin")
	}
}

// scopeFacts gives every account a call, a rule's state, a subscription and a
// contact, and every person a call.
func (e *env) scopeFacts(t *testing.T) {
	var reqs []action.OpenRequest
	var states []rule.State
	var subs []revenue.FactRow
	var contacts []account.FactRow
	for i := range scopeAccounts {
		key := fmt.Sprintf("A-%d", i)
		a := e.account(t, key)
		reqs = append(reqs, e.request(t, key, 1, "2024-03-01"))
		states = append(states, rule.State{Rule: 9, Subject: a.ID, Phase: rule.Active, Step: 1})
		subs = append(subs, sub(i+2, revenue.SubscriptionInput{Key: "S-" + key, Account: key, Start: ptr(day(t, "2024-01-01")), ARR: ptr(100 * float64(i+1))}))
		contacts = append(contacts, account.FactRow{Row: metric.Row{Line: i + 2, Key: hash("C", key), Hash: hash("C", key)}, Contact: &account.Contact{Key: "C-" + key, AccountKey: key, Name: "C " + key}})
	}
	for i := range scopePersons {
		p, err := e.accounts.ByKey(e.ctx, e.admin, minori.Person, fmt.Sprintf("P-%d", i))
		check(t, err)
		req := e.request(t, "A-0", 2, "2024-03-01")
		req.Subject = p
		reqs = append(reqs, req)
	}
	e.mustOpen(t, reqs...)
	check(t, e.db.SaveStates(e.ctx, states, map[int64]int64{9: 1}))
	e.mustImportSubs(t, e.run(3), subs...)
	e.mustImport(t, e.run(4), contacts)
}

// scopeIs holds all an actor is given against the definition.
func (e *env) scopeIs(t *testing.T, s *staff, actor minori.Actor, me string) {
	t.Helper()
	everyone := actor.Role == minori.RoleAdmin
	if everyone {
		actor.Access = minori.AccessAll
	}
	visible, people := map[minori.ID]string{}, map[minori.ID]bool{}
	var all []minori.ID
	for key := range s.csm {
		id := s.ids[key]
		all = append(all, id)
		if s.sees(actor.Access, me, key) {
			visible[id] = key
		}
	}
	for key, id := range s.persons {
		all = append(all, id)
		people[id] = everyone || me != "" && s.reports(key, me)
		own, err := e.accounts.VisiblePerson(e.ctx, actor, id)
		check(t, err)
		if own != people[id] {
			t.Errorf("%s sees the data of %s: %v", me, key, own)
		}
	}
	e.scopeLists(t, actor, visible, people, all)
	for _, id := range all[:3] { // which ones is the map's choice
		e.scopeOne(t, actor, visible[id] != "", id)
	}
}

// scopeLists holds lists, counts and sums against those of the visible accounts.
func (e *env) scopeLists(t *testing.T, actor minori.Actor, visible map[minori.ID]string, people map[minori.ID]bool, all []minori.ID) {
	t.Helper()
	same := func(what string, got []minori.ID) {
		t.Helper()
		for _, id := range got {
			if visible[id] == "" {
				t.Errorf("%s (%s %s) is given the account %d by %s", actor.Name, actor.Role, actor.Access, id, what)
			}
		}
		if len(got) != len(visible) {
			t.Errorf("%s (%s %s) is given %d accounts by %s, want %d", actor.Name, actor.Role, actor.Access, len(got), what, len(visible))
		}
	}
	ids, err := e.accounts.VisibleAccounts(e.ctx, actor)
	check(t, err)
	if ids != nil || !actor.SeesAll() {
		same("VisibleAccounts", ids)
	}
	found, err := e.accounts.Search(e.ctx, actor, "Account", minori.Page{Limit: minori.MaxPage})
	check(t, err)
	same("Search", idsOf(found, func(a account.Account) minori.ID { return a.ID }))
	rows, err := e.accounts.Accounts(e.ctx, actor, all)
	check(t, err)
	same("Accounts", keysOf(rows))
	labels, err := e.accounts.Labels(e.ctx, actor, all)
	check(t, err)
	same("Labels", slices.DeleteFunc(keysOf(labels), func(id minori.ID) bool { return labels[id].Kind == minori.Person }))
	subs, err := e.revenue.SubscriptionsOf(e.ctx, actor, nil)
	check(t, err)
	same("SubscriptionsOf", idsOf(subs, func(s revenue.Subscription) minori.ID { return s.Account }))
	entries, err := e.revenue.Entries(e.ctx, actor, nil, nil)
	check(t, err)
	same("Entries", idsOf(entries, func(s revenue.Entry) minori.ID { return s.Account }))
	scope, err := e.accounts.Scope(e.ctx, actor)
	check(t, err)
	phases, err := e.db.PhaseCounts(e.ctx, []int64{9}, scope)
	check(t, err)
	if phases[9][rule.Active] != len(visible) {
		t.Errorf("%s counts %d states, want %d", actor.Name, phases[9][rule.Active], len(visible))
	}
	calls, total, err := e.actions.List(e.ctx, actor, action.Filter{}, minori.Page{Limit: minori.MaxPage})
	check(t, err)
	want := len(visible)
	for _, ok := range people {
		if ok {
			want++
		}
	}
	for _, c := range calls {
		if visible[c.Subject.ID] == "" && !people[c.Subject.ID] {
			t.Errorf("%s is given a call about %s", actor.Name, c.Subject.Key)
		}
	}
	counts, err := e.actions.Counts(e.ctx, actor, action.Filter{}, day(t, "2030-01-01"))
	check(t, err)
	if total != want || len(calls) != want || counts[0]+counts[1] != want {
		t.Errorf("%s is given %d calls of %d, counted %v, want %d", actor.Name, len(calls), total, counts, want)
	}
}

// scopeOne holds what is given of one account.
func (e *env) scopeOne(t *testing.T, actor minori.Actor, sees bool, id minori.ID) {
	t.Helper()
	is := func(what string, err error) {
		t.Helper()
		if sees && err != nil || !sees && minori.CodeOf(err) != minori.NotFound {
			t.Errorf("%s (%s %s), who sees the account %d: %v, gets %v from %s", actor.Name, actor.Role, actor.Access, id, sees, err, what)
		}
	}
	key := e.label(t, id).Key
	_, err := e.accounts.ByKey(e.ctx, actor, minori.Account, key)
	is("ByKey", err)
	_, err = e.accounts.Account(e.ctx, actor, id)
	is("Account", err)
	_, err = e.accounts.Contacts(e.ctx, actor, id, minori.Page{})
	is("Contacts", err)
	_, err = e.accounts.Tickets(e.ctx, actor, id, minori.Page{})
	is("Tickets", err)
	_, err = e.accounts.Churns(e.ctx, actor, id, minori.Page{})
	is("Churns", err)
	_, err = e.accounts.Interactions(e.ctx, actor, id, minori.Page{})
	is("Interactions", err)
	_, err = e.accounts.Answers(e.ctx, actor, id, minori.Page{})
	is("Answers", err)
	_, err = e.revenue.Subscriptions(e.ctx, actor, id)
	is("Subscriptions", err)
	_, err = e.actions.Overrides(e.ctx, actor, id, minori.Page{})
	is("Overrides", err)
	list, _, err := e.actions.List(e.ctx, minori.System(), action.Filter{Subject: id}, minori.Page{})
	check(t, err)
	_, err = e.actions.Get(e.ctx, actor, list[0].ID)
	is("Get", err)
	if actor.MayAct() {
		_, err = e.actions.Comment(e.ctx, actor, list[0].ID, "seen")
		is("Comment", err)
		worked, err := e.actions.Bulk(e.ctx, actor, []action.Seen{{Call: list[0].ID, Version: -1}}, action.Change{Verb: action.DoAssign})
		check(t, err)
		if got := worked.Rows[0].Standing; (got == action.Gone) == sees {
			t.Errorf("%s is told %s of a call they see: %v", actor.Name, got, sees)
		}
	}
}

func (e *env) label(t *testing.T, id minori.ID) account.Label {
	t.Helper()
	labels, err := e.accounts.Labels(e.ctx, minori.System(), []minori.ID{id})
	check(t, err)
	return labels[id]
}

func keysOf[V any](m map[minori.ID]V) []minori.ID {
	out := make([]minori.ID, 0, len(m))
	for id := range m {
		out = append(out, id)
	}
	return out
}

func idsOf[T any](list []T, id func(T) minori.ID) []minori.ID {
	out := make([]minori.ID, len(list))
	for i := range list {
		out[i] = id(list[i])
	}
	return out
}
