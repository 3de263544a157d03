package account

import (
	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
)

// Kind is a kind of fact kept in records, as a source's `into` names it.
type Kind string

// The kinds.
const (
	KindAccount      Kind = "account"
	KindContact      Kind = "contact"
	KindPerson       Kind = "person"
	KindTicket       Kind = "ticket"
	KindChurn        Kind = "churn"
	KindInteraction  Kind = "interaction"
	KindAnswer       Kind = "answer"
	KindSubscription Kind = "subscription" // kept by package revenue
	KindRate         Kind = "rate"         // kept by package revenue
)

// Account is a customer.
type Account struct {
	ID        minori.ID
	Key       string // the id the source gave it, unique in the workspace
	Name      string
	Parent    string // key of the parent account; "" for none
	Industry  string
	Country   string
	CSM       string    // as the source says: a person's id or e-mail
	CSMPerson minori.ID // who that is; 0: nobody known, the account is unassigned
	Tier      string
	Seats     *float64
	SignedUp  *minori.Day
	Fields    map[string]Value // custom fields, without "account."
	Ended     *minori.Day      // first day on which it was missing from a complete source; nil while it is there
}

// Person is an employee of our own company.
type Person struct {
	ID          minori.ID
	Key         string
	Name        string
	Email       string
	Manager     string // id or e-mail of the manager
	Role        string
	Team        string
	Hired       *minori.Day
	Left        *minori.Day // last day
	LeaveReason string
	Fields      map[string]Value // custom fields, without "person."
}

// Contact is a person at a customer.
type Contact struct {
	ID         minori.ID
	Key        string
	Account    minori.ID
	AccountKey string
	Name       string
	Email      string
	Role       string
	Title      string
}

// Ticket is a support case.
type Ticket struct {
	ID                   minori.ID
	Key                  string
	Account              minori.ID
	AccountKey           string
	Opened               int64  // microseconds since 1970 UTC
	Closed               *int64 // nil while open
	Priority             string
	Status               string
	FirstResponseMinutes *float64
	CSAT                 *float64
}

// Churn is a customer's leaving as the customer's own systems know it.
type Churn struct {
	ID         minori.ID
	Key        string
	Account    minori.ID
	AccountKey string
	Date       minori.Day
	Reason     string
	Comment    string
}

// Interaction is a call, e-mail, meeting, review or note.
type Interaction struct {
	ID         minori.ID
	Key        string
	Account    minori.ID
	AccountKey string
	Time       int64 // microseconds since 1970 UTC
	Type       string
	Title      string
	Text       string
}

// Answer is an answer to a survey.
type Answer struct {
	ID         minori.ID
	Key        string
	Survey     string
	Account    minori.ID
	AccountKey string
	Contact    string // key of the contact
	Time       int64  // microseconds since 1970 UTC
	Score      *float64
	Comment    string
}

// FactRow is one imported row; exactly one of the pointers is set. Ids of the
// things themselves and of their accounts may be left 0: they are found by key.
type FactRow struct {
	metric.Row
	ValidFrom   int64 // when the field values of an account or person began to hold, microseconds since 1970 UTC; 0: not given
	Account     *Account
	Contact     *Contact
	Person      *Person
	Ticket      *Ticket
	Churn       *Churn
	Interaction *Interaction
	Answer      *Answer
}

// Label is how a subject is shown: by key and name.
type Label struct {
	Kind minori.SubjectKind
	ID   minori.ID
	Key  string
	Name string
}
