// Package account holds accounts, contacts, people and what is recorded about
// them: fields with history, tickets, interactions, answers and churn.
package account

import minori "github.com/minori-hq/minori"

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
	Options []string // for FieldChoice
}
