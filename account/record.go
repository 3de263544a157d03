package account

import (
	"context"
	"strings"

	minori "github.com/minori-hq/minori"
)

// record is an account or a person while it is being imported: the two differ
// only in their standard fields.
type record interface {
	ident() (id *minori.ID, key string, held *Held)
	validate() error
	standard() []Value // in the order of StandardFields
	setStandard(i int, v Value)
	custom() map[string]Value
	setCustom(name string, v Value)
	// exists gives the first day and the first day after the last.
	exists() (since, until *minori.Day)
	// returned notes that a complete source has it (again).
	returned()
}

// records is how accounts or persons are read and written in bulk.
type records interface {
	kind() minori.SubjectKind
	of(r *FactRow) record
	blank(key string) record
	load(ctx context.Context, ids []minori.ID) (map[minori.ID]record, error)
	save(ctx context.Context, changed []record) error
}

func texts(ss ...string) []Value {
	out := make([]Value, len(ss))
	for i := range ss {
		out[i] = Text(ss[i])
	}
	return out
}

func dateValue(d *minori.Day) Value {
	if d == nil {
		return Value{}
	}
	return Date(*d)
}

func dayOf(v Value) *minori.Day {
	if v.Num == nil {
		return nil
	}
	d := minori.Day(*v.Num)
	return &d
}

func textOf(v Value) string {
	if v.Text == nil {
		return ""
	}
	return *v.Text
}

func setIn(m map[string]Value, name string, v Value) map[string]Value {
	if v.None() {
		delete(m, name)
		return m
	}
	if m == nil {
		m = map[string]Value{}
	}
	m[name] = v
	return m
}

func (a *AccountRow) ident() (*minori.ID, string, *Held) { return &a.ID, a.Key, &a.Held }
func (a *AccountRow) validate() error                    { return a.Validate() }
func (a *AccountRow) custom() map[string]Value           { return a.Fields }
func (a *AccountRow) setCustom(name string, v Value)     { a.Fields = setIn(a.Fields, name, v) }
func (a *AccountRow) exists() (since, until *minori.Day) { return a.SignedUp, a.Ended }
func (a *AccountRow) returned()                          { a.Ended = nil }

func (a *AccountRow) standard() []Value {
	return append(texts(a.Name, a.Parent, a.Industry, a.Country, a.CSM, a.Tier), Value{Num: a.Seats}, dateValue(a.SignedUp))
}

func (a *AccountRow) setStandard(i int, v Value) {
	switch i {
	case 6:
		a.Seats = v.Num
	case 7:
		a.SignedUp = dayOf(v)
	default:
		*[]*string{&a.Name, &a.Parent, &a.Industry, &a.Country, &a.CSM, &a.Tier}[i] = textOf(v)
	}
}

// Value gives the value of a target field, custom ones as "fields.NAME".
func (a *AccountRow) Value(target string) Value {
	if name, custom := strings.CutPrefix(target, "fields."); custom {
		return a.Fields[name]
	}
	for i, f := range StandardFields(minori.Account) {
		if f.Name == "account."+target {
			return a.standard()[i]
		}
	}
	return Value{}
}

// Put sets a target field to a value that holds from an instant on.
func (a *AccountRow) Put(target string, v Value, from int64) {
	a.note(target, v, from)
	if name, custom := strings.CutPrefix(target, "fields."); custom {
		a.setCustom(name, v)
		return
	}
	for i, f := range StandardFields(minori.Account) {
		if f.Name == "account."+target {
			a.setStandard(i, v)
		}
	}
}

func (p *PersonRow) ident() (*minori.ID, string, *Held) { return &p.ID, p.Key, &p.Held }
func (p *PersonRow) validate() error                    { return p.Validate() }
func (p *PersonRow) custom() map[string]Value           { return p.Fields }
func (p *PersonRow) setCustom(name string, v Value)     { p.Fields = setIn(p.Fields, name, v) }
func (p *PersonRow) returned()                          {}

func (p *PersonRow) exists() (since, until *minori.Day) {
	if p.Left != nil {
		d := *p.Left + 1
		until = &d
	}
	return p.Hired, until
}

func (p *PersonRow) standard() []Value {
	return append(texts(p.Name, p.Email, p.Manager, p.Role, p.Team), dateValue(p.Hired), dateValue(p.Left), Text(p.LeaveReason))
}

func (p *PersonRow) setStandard(i int, v Value) {
	switch i {
	case 5:
		p.Hired = dayOf(v)
	case 6:
		p.Left = dayOf(v)
	case 7:
		p.LeaveReason = textOf(v)
	default:
		*[]*string{&p.Name, &p.Email, &p.Manager, &p.Role, &p.Team}[i] = textOf(v)
	}
}

type accountKind struct{ s *Service }

func (accountKind) kind() minori.SubjectKind { return minori.Account }
func (accountKind) of(r *FactRow) record     { return &AccountRow{Account: *r.Account} }
func (accountKind) blank(key string) record  { return &AccountRow{Account: Account{Key: key}} }

func (k accountKind) load(ctx context.Context, ids []minori.ID) (map[minori.ID]record, error) {
	rows, err := k.s.store.AccountRows(ctx, ids)
	out := make(map[minori.ID]record, len(rows))
	for id, r := range rows {
		out[id] = &r
	}
	return out, err
}

func (k accountKind) save(ctx context.Context, changed []record) error {
	rows := make([]AccountRow, len(changed))
	var refs []string
	for i, r := range changed {
		rows[i] = *r.(*AccountRow)
		if rows[i].CSM != "" {
			refs = append(refs, rows[i].CSM)
		}
	}
	persons, err := k.s.store.PersonsByRef(ctx, refs)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].CSMPerson = persons[rows[i].CSM]
	}
	return k.s.store.SaveAccounts(ctx, rows)
}

type personKind struct{ s *Service }

func (personKind) kind() minori.SubjectKind { return minori.Person }
func (personKind) of(r *FactRow) record     { return &PersonRow{Person: *r.Person} }
func (personKind) blank(key string) record  { return &PersonRow{Person: Person{Key: key}} }

func (k personKind) load(ctx context.Context, ids []minori.ID) (map[minori.ID]record, error) {
	rows, err := k.s.store.PersonRows(ctx, ids)
	out := make(map[minori.ID]record, len(rows))
	for id, r := range rows {
		out[id] = &r
	}
	return out, err
}

func (k personKind) save(ctx context.Context, changed []record) error {
	rows := make([]PersonRow, len(changed))
	ids := make([]minori.ID, len(changed))
	var refs []string
	for i, r := range changed {
		rows[i] = *r.(*PersonRow)
		ids[i] = rows[i].ID
		refs = append(refs, rows[i].Key, rows[i].Email)
	}
	// The addresses persons had before may name nobody now.
	before, err := k.s.store.PersonRows(ctx, ids)
	if err != nil {
		return err
	}
	for _, p := range before {
		refs = append(refs, p.Email)
	}
	if err := k.s.store.SavePersons(ctx, rows); err != nil {
		return err
	}
	for i := range refs {
		refs[i] = strings.ToLower(refs[i])
	}
	return k.s.store.ResolveCSM(ctx, refs)
}
