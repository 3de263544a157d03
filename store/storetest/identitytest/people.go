package identitytest

import (
	"strings"
	"testing"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
)

// testContacts: a user becomes a contact once it is identified and its account
// is known, in whichever order; traits come one by one, late ones do not win.
func testContacts(t *testing.T, e *env) {
	e.apply(identify("u", "", at(2), `{"email":"ann@acme.example","title":"CTO","phone":"1"}`), group("w", "acme", at(1), ""))
	e.want("without account", e.contacts("acme"), "")
	e.apply(group("u", "acme", at(3), ""))
	e.want("known", e.contacts("acme"), "u u ann@acme.example CTO")
	e.apply(identify("u", "", at(4), `{"firstName":"Ann","lastName":"Ames"}`), identify("u", "", at(1), `{"title":"Intern"}`), identify("u", "", at(5), `{"email":"nonsense"}`))
	e.want("changed", e.contacts("acme"), "u Ann Ames ann@acme.example CTO")
	// context.groupId serves as well, also before the account is known.
	m := identify("x", "", at(6), `{"name":"Xi"}`)
	m.Account = "beta"
	e.apply(m)
	e.apply(group("", "beta", at(7), ""))
	e.want("with the account", e.contacts("beta"), "x Xi")
	// A user that goes to another account takes its contact along.
	e.apply(group("u", "beta", at(8), ""), group("u", "acme", at(2), ""))
	e.want("left", e.contacts("acme"), "")
	e.want("went", e.contacts("beta"), "u Ann Ames ann@acme.example CTO; x Xi")
	// A visitor is no contact.
	e.apply(identify("", "v", at(8), `{"name":"Vee"}`), group("w", "gamma", at(8), ""))
	m = group("", "gamma", at(9), "")
	m.Anonymous = "v"
	e.apply(m)
	e.want("visitor", e.contacts("gamma"), "")
	e.apply(identify("y", "v", at(10), ""))
	e.want("is known", e.contacts("gamma"), "y Vee")
	// Keys of nobody are no keys.
	for _, keys := range [][]string{nil, {}} {
		none, err := e.db.SubjectIDs(e.ctx, account.KindContact, keys)
		e.ok(err)
		all, err := e.db.AllSubjectIDs(e.ctx, account.KindContact)
		e.ok(err)
		if len(none) != 0 || len(all) != 3 {
			t.Errorf("contacts: %v for no keys, %v in all", none, all)
		}
	}
}

// testImportedContact: what was imported keeps its account and what the traits
// do not say.
func testImportedContact(t *testing.T, e *env) {
	e.imported(account.FactRow{Account: &account.Account{Key: "acme", Name: "Acme"}}, account.FactRow{Account: &account.Account{Key: "beta", Name: "Beta"}})
	e.imported(account.FactRow{Contact: &account.Contact{Key: "u", AccountKey: "acme", Name: "Ann", Email: "a@a.example"}})
	e.apply(group("u", "beta", at(1), ""), identify("u", "", at(1), `{"title":"CTO"}`))
	e.want("imported", e.contacts("acme"), "u Ann a@a.example CTO")
	e.want("not moved", e.contacts("beta"), "")
	// One that was taken away is made anew; one imported since is the user's.
	list, err := e.db.Contacts(e.ctx, e.row("acme").ID, minori.Page{})
	e.ok(err)
	e.ok(e.db.DeleteFacts(e.ctx, account.KindContact, []minori.ID{list[0].ID}))
	e.apply(identify("u", "", at(2), `{"title":"CEO"}`))
	e.want("made anew", e.contacts("beta"), "u u  CEO")
	list, err = e.db.Contacts(e.ctx, e.row("beta").ID, minori.Page{})
	e.ok(err)
	e.ok(e.db.DeleteFacts(e.ctx, account.KindContact, []minori.ID{list[0].ID}))
	e.imported(account.FactRow{Contact: &account.Contact{Key: "u", AccountKey: "acme", Name: "Ann"}})
	e.apply(identify("u", "", at(3), `{"email":"b@a.example"}`))
	e.want("imported again", e.contacts("acme")+e.contacts("beta"), "u Ann b@a.example CEO")
	// A key that no account can have is nobody's.
	m := identify("w", "", at(4), "")
	m.Account = strings.Repeat("k", 300)
	e.apply(m)
}

// testMergedContacts: two users that are the same are one contact, whatever was
// known first.
func testMergedContacts(t *testing.T, e *env) {
	e.apply(
		group("old", "acme", at(1), ""), identify("old", "", at(2), `{"name":"Ann","title":"CTO"}`),
		group("new", "acme", at(1), ""), identify("new", "", at(3), `{"name":"Anne"}`),
	)
	e.want("two", e.contacts("acme"), "old Ann  CTO; new Anne")
	e.apply(alias("old", "new", at(4)))
	e.want("one", e.contacts("acme"), "new Anne  CTO")
	e.apply(identify("old", "", at(5), `{"email":"ann@x.example"}`))
	e.want("by the old name", e.contacts("acme"), "new Anne ann@x.example CTO")
	// Into one not met yet, and on.
	e.apply(alias("new", "newer", at(6)))
	e.apply(alias("newer", "newest", at(7)))
	e.want("renamed", e.contacts("acme"), "newest Anne ann@x.example CTO")
	// A circle changes nothing; an imported contact of the name is the user's.
	e.apply(alias("newest", "old", at(8)), alias("old", "new", at(8)))
	e.imported(account.FactRow{Contact: &account.Contact{Key: "last", AccountKey: "acme", Name: "A. Ames"}})
	e.apply(alias("newest", "last", at(9)))
	e.want("imported", e.contacts("acme"), "last Anne ann@x.example CTO")
	e.want("merges", len(e.delta().Merges), 4)
}

// testSharedBrowser: a visitor that is one user does not become another as well.
func testSharedBrowser(t *testing.T, e *env) {
	e.apply(identify("ann", "v", at(1), `{"name":"Ann"}`), identify("bob", "v", at(2), `{"name":"Bob"}`), group("ann", "acme", at(3), ""), group("bob", "acme", at(3), ""))
	e.want("two", e.contacts("acme"), "ann Ann; bob Bob")
	e.want("merges", e.delta().Merges, []metric.Merge{{Old: "v", New: "ann"}})
}

// testLinks: the lake is told where an actor's account changes, also when a
// late message cuts a time in two, and when two actors are one.
func testLinks(t *testing.T, e *env) {
	e.apply(group("w", "a", at(0), ""), group("w", "b", at(0), ""), group("w", "c", at(0), ""))
	e.delta()
	a, b, c := e.row("a").ID, e.row("b").ID, e.row("c").ID
	e.apply(group("u", "a", at(1), ""), group("u", "a", at(3), ""), group("u", "a", at(5), ""))
	e.want("first", e.delta().Links, []metric.Link{{Actor: "u", Account: a, Since: at(1)}})
	e.apply(group("u", "b", at(2), ""))
	e.want("cut", e.delta().Links, []metric.Link{{Actor: "u", Account: b, Since: at(2)}, {Actor: "u", Account: a, Since: at(3)}})
	e.apply(identify("u", "v", at(6), ""))
	m := group("", "c", at(4), "")
	m.Anonymous = "v"
	e.apply(m)
	e.want("merged", e.delta().Links, []metric.Link{{Actor: "u", Account: c, Since: at(4)}, {Actor: "u", Account: a, Since: at(5)}})
	// Many of the same are not all kept, and say nothing new.
	for i := range 300 {
		e.apply(group("u", "a", at(10+i), ""))
	}
	actors, err := e.store.Actors(e.ctx, []string{"u"})
	e.ok(err)
	if n := len(actors["u"].Points); n > 13 {
		t.Errorf("%d points", n)
	}
	e.want("no more", e.delta().Links, []metric.Link(nil))
}

// testImportedAccount: an account that comes into being otherwise is given to
// those that acted for it, without any further message.
func testImportedAccount(t *testing.T, e *env) {
	m := identify("u", "", at(1), `{"name":"Ann"}`)
	m.Account = "acme"
	e.apply(m)
	if r := e.apply(); r.Attaches {
		t.Errorf("nothing came: %+v", r)
	}
	e.apply(alias("u", "w", at(2)))
	e.imported(account.FactRow{Account: &account.Account{Key: "acme", Name: "Acme"}}, account.FactRow{Account: &account.Account{Key: "other", Name: "Other"}})
	e.delta()
	r := e.apply()
	e.want("links", e.delta().Links, []metric.Link{{Actor: "w", Account: e.row("acme").ID, Since: at(1)}})
	e.want("contact", e.contacts("acme"), "w Ann")
	if !r.Attaches || !r.Outbox {
		t.Errorf("attached: %+v", r)
	}
	if r := e.apply(); r.Attaches {
		t.Errorf("told twice: %+v", r)
	}
}
