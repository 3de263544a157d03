package ingest

// Reason says in a few words why a message is refused. There are only those
// named here, so that counts by reason stay few and pages can translate them.
type Reason string

// The reasons.
const (
	ReasonMissing   Reason = "is missing"
	ReasonType      Reason = "has the wrong type"
	ReasonKind      Reason = "is not identify, group, track, page, screen or alias"
	ReasonLong      Reason = "is longer than 500 characters"
	ReasonLarge     Reason = "is larger than 32 KB"
	ReasonDeep      Reason = "is nested too deeply"
	ReasonNull      Reason = "has a null character"
	ReasonNotUTF8   Reason = "is not valid UTF-8"
	ReasonTwice     Reason = "has a key twice"
	ReasonTime      Reason = "is not a time in ISO 8601"
	ReasonPast      Reason = "lies before the year 2000"
	ReasonFuture    Reason = "lies in the future"
	ReasonScope     Reason = "is not in the scopes of the write key"
	ReasonGroupType Reason = "is not company, account or organization"
	ReasonField     Reason = "does not fit the field" // a trait left out, or a key; the message is stored
	ReasonMany      Reason = "is more than is kept"   // a trait left out; the message is stored
)

// Reasons gives all reasons.
func Reasons() []Reason {
	return []Reason{ReasonMissing, ReasonType, ReasonKind, ReasonLong, ReasonLarge, ReasonDeep, ReasonNull, ReasonNotUTF8, ReasonTwice, ReasonTime,
		ReasonPast, ReasonFuture, ReasonScope, ReasonGroupType, ReasonField, ReasonMany}
}

// Rejection is a message that is not stored, and why.
type Rejection struct {
	Index  int    `json:"index"` // its place in the batch, from 0
	Field  string `json:"field"` // the key that is wrong, dotted; "" for the message as a whole
	Reason Reason `json:"reason"`
}
