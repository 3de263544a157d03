package account

import (
	"slices"
	"testing"

	minori "github.com/minori-hq/minori"
)

func TestManagerLines(t *testing.T) {
	tree := newLines([]Line{
		{ID: 1, Key: "boss", Email: "boss@example.com"},
		{ID: 2, Key: "lead", Email: "lead@example.com", Manager: "BOSS@example.com"},
		{ID: 3, Key: "a", Manager: "lead"},
		{ID: 4, Key: "b", Manager: "lead@example.com"},
		{ID: 5, Key: "other", Email: "lead@example.com"}, // the smaller id has the address
		{ID: 6, Key: "round", Manager: "circle"},         // two who report to each other
		{ID: 7, Key: "circle", Manager: "round"},         //
		{ID: 8, Key: "self", Manager: "self"},            //
		{ID: 9, Key: "lost", Manager: "nobody"},          // somebody who is not known
		{ID: 10, Key: "c", Email: "b@x.y", Manager: "b"}, // an id goes before an address
		{ID: 11, Key: "none", Email: "", Manager: ""},    //
		{ID: 12, Key: "deep", Manager: "b@x.y"},          // below c
	})
	for person, want := range map[minori.ID][]minori.ID{
		1: {1, 2, 3, 4, 10, 12}, 2: {2, 3, 4, 10, 12}, 3: {3}, 5: {5}, 6: {6, 7}, 7: {6, 7}, 8: {8}, 9: {9}, 10: {10, 12}, 11: {11}, 99: {99},
	} {
		if got := tree.under(person); !slices.Equal(got, want) {
			t.Errorf("under %d are %v, want %v", person, got, want)
		}
	}
}

func TestHiddenMentions(t *testing.T) {
	h := Hidden{"account.cost": true}
	for text, want := range map[string]bool{
		"account.cost": true, "account.cost > 5": true, "past(account.cost, \"30d\")": true, "account.cost_center": false,
		"account.costs + account.cost": true, "account.arr": false, "account.cost.x": false, "": false,
	} {
		if got := h.Mentions(text); got != want {
			t.Errorf("%q mentions it: %v, want %v", text, got, want)
		}
	}
	if (Hidden)(nil).Mentions("account.cost") {
		t.Error("nothing is hidden, and yet mentioned")
	}
}

func TestFieldRoles(t *testing.T) {
	f := Field{Read: []minori.Role{minori.RoleLeader, minori.RoleCSM}, Write: []minori.Role{minori.RoleCSM}}
	for role, want := range map[minori.Role][2]bool{
		minori.RoleAdmin: {true, true}, minori.RoleOperations: {false, false}, minori.RoleLeader: {true, false},
		minori.RoleCSM: {true, true}, minori.RoleManager: {false, false}, minori.RoleObserver: {false, false},
	} {
		if got := [2]bool{f.Readable(role), f.Writable(role)}; got != want {
			t.Errorf("%s reads and writes: %v, want %v", role, got, want)
		}
	}
	open := Field{}
	if !open.Readable(minori.RoleObserver) || !open.Writable(minori.RoleCSM) {
		t.Error("a field without roles is not for everybody")
	}
	onlyWrite := Field{Write: []minori.Role{minori.RoleLeader}}
	if !onlyWrite.Readable(minori.RoleObserver) || onlyWrite.Writable(minori.RoleCSM) || !onlyWrite.Writable(minori.RoleLeader) {
		t.Error("write alone does not restrict writing alone")
	}
}
