package importer

import (
	"slices"

	"github.com/minori-hq/minori/account"
)

// Targets a source can load into.
const (
	IntoRate         = string(account.KindRate)
	IntoAccount      = string(account.KindAccount)
	IntoPerson       = string(account.KindPerson)
	IntoContact      = string(account.KindContact)
	IntoSubscription = string(account.KindSubscription)
	IntoEvent        = "event"
	IntoPoint        = "point"
	IntoTicket       = string(account.KindTicket)
	IntoChurn        = string(account.KindChurn)
	IntoInteraction  = string(account.KindInteraction)
	IntoAnswer       = string(account.KindAnswer)
)

// Prefixes of nested target fields.
const (
	fieldsPrefix     = "fields."
	propertiesPrefix = "properties."
)

// kind is what a target field holds.
type kind uint8

const (
	short  kind = iota // a name: trimmed, at most MaxName characters
	long               // a text of at most account.MaxText bytes
	day                // a calendar day
	moment             // an instant
	number
	money
	truth
)

// field is one target field.
type field struct {
	name string
	kind kind
	need bool // empty is a reject
}

// target is what a source can fill.
type target struct {
	into   string
	rank   int // order of loading
	fields []field
	nested string     // prefix of nested fields; "" for none
	groups [][]string // of each exactly one is mapped
}

// names gives the target's plain fields.
func (t *target) names() []string {
	out := make([]string, len(t.fields))
	for i, f := range t.fields {
		out[i] = f.name
	}
	return out
}

func (t *target) field(name string) (field, bool) {
	i := slices.IndexFunc(t.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return t.fields[i], true
}

// Intos gives the names of all targets in the order in which they load.
func Intos() []string {
	var out []string
	for _, t := range targets() {
		out = append(out, t.into)
	}
	return out
}

func targetOf(into string) (target, bool) {
	for _, t := range targets() {
		if t.into == into {
			return t, true
		}
	}
	return target{}, false
}

// restRank is the rank of the targets that load last, in any order.
const restRank = 5

func targets() []target {
	need := func(name string, k kind) field { return field{name, k, true} }
	may := func(name string, k kind) field { return field{name, k, false} }
	whose := []field{may("account", short), may("subscription", short), may("person", short)}
	subject := [][]string{{"account", "subscription", "person"}}
	return []target{
		{IntoRate, 0, []field{need("currency", short), need("day", day), need("value", number)}, "", nil},
		{IntoAccount, 1, []field{
			need("id", short), may("name", short), may("parent", short), may("industry", short), may("country", short),
			may("csm", short), may("tier", short), may("seats", number), may("signed_up", day), may("valid_from", moment),
		}, fieldsPrefix, nil},
		{IntoPerson, 2, []field{
			need("id", short), may("name", short), may("email", short), may("manager", short), may("role", short),
			may("team", short), may("hired", day), may("left", day), may("leave_reason", short), may("valid_from", moment),
		}, fieldsPrefix, nil},
		{IntoContact, 3, []field{
			need("id", short), need("account", short), may("name", short), may("email", short), may("role", short), may("title", short),
		}, "", nil},
		{IntoSubscription, 4, []field{
			need("id", short), need("account", short), may("product", short), need("start", day), may("end", day),
			may("arr", money), may("mrr", money), may("currency", short), may("seats", number), may("plan", short),
			may("trial", truth), may("one_off", truth),
		}, fieldsPrefix, [][]string{{"arr", "mrr"}}},
		{IntoEvent, restRank, slices.Concat(
			[]field{may("id", short), need("name", short)}, whose,
			[]field{may("actor", short), need("time", moment), may("value", number)}), propertiesPrefix, subject},
		{IntoPoint, restRank, slices.Concat(
			[]field{need("metric", short)}, whose, []field{need("time", moment), need("value", number)}), "", subject},
		{IntoTicket, restRank, []field{
			may("id", short), need("account", short), need("opened", moment), may("closed", moment), may("priority", short),
			may("status", short), may("first_response_minutes", number), may("csat", number),
		}, "", nil},
		{IntoChurn, restRank, []field{
			may("id", short), need("account", short), need("date", day), may("reason", short), may("comment", long),
		}, "", nil},
		{IntoInteraction, restRank, []field{
			may("id", short), need("account", short), need("time", moment), need("type", short), may("title", short), may("text", long),
		}, "", nil},
		{IntoAnswer, restRank, []field{
			need("survey", short), need("account", short), may("contact", short), need("time", moment), may("score", number), may("comment", long),
		}, "", nil},
	}
}
