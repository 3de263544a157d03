// Package account holds accounts, contacts, people and what is recorded about
// them: fields with history, tickets, interactions, answers and churn.
package account

import (
	"slices"

	minori "github.com/minori-hq/minori"
)

// FieldType is the type of a field.
type FieldType string

// The types.
const (
	FieldText   FieldType = "text"
	FieldNumber FieldType = "number"
	FieldMoney  FieldType = "money" // major units of the workspace's currency
	FieldBool   FieldType = "bool"
	FieldDate   FieldType = "date"
	FieldChoice FieldType = "choice"
)

// Field is the definition of a typed field.
type Field struct {
	Name    string // account.region or person.grade, with the prefix
	Title   minori.Text
	Type    FieldType
	Unit    string
	Options []string      // for FieldChoice
	Read    []minori.Role // who may read it; nil for everybody
	Write   []minori.Role // who of those may change it; nil for all of them
}

// Readable reports whether a role may read the field. An administrator always may.
func (f *Field) Readable(role minori.Role) bool { return allowed(f.Read, role) }

// Writable reports whether a role may change the field, if it may change
// accounts at all.
func (f *Field) Writable(role minori.Role) bool { return f.Readable(role) && allowed(f.Write, role) }

func allowed(roles []minori.Role, role minori.Role) bool {
	return len(roles) == 0 || role == minori.RoleAdmin || slices.Contains(roles, role)
}
