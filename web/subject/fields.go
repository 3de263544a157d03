package subject

import (
	"strings"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// fact is one field with its value.
type fact struct {
	field account.Field
	name  string // without the prefix
	value account.Value
	since *minori.Day // the day from which the value holds, if it changed once
}

// held gives the step of every field of a subject that holds at the page's
// as-of, by field.
func (s Pages) held(r *site.Request, id minori.ID) (map[int64]metric.FieldValue, error) {
	steps, err := s.Lake.FieldHistory(r.Context(), r.Actor, id)
	out := map[int64]metric.FieldValue{}
	at := r.AsOf.Micros()
	for _, step := range steps {
		if step.ValidFrom <= at {
			out[step.Field] = step
		}
	}
	return out, err
}

// valueOf is a step of a field's history as a value.
func valueOf(step metric.FieldValue) account.Value {
	return account.Value{Num: step.Num, Text: step.Text}
}

// Rewind gives the values of fields that held at the page's as-of, the
// standard ones and those the workspace defines, by name without prefix.
func (s Pages) Rewind(r *site.Request, kind minori.SubjectKind, id minori.ID) (standard, custom map[string]account.Value, err error) {
	held, err := s.held(r, id)
	standard, custom = map[string]account.Value{}, map[string]account.Value{}
	for i := range r.Config.Fields {
		f := &r.Config.Fields[i]
		name, ok := strings.CutPrefix(f.Def.Name, string(kind)+".")
		if !ok {
			continue
		}
		v := valueOf(held[f.ID])
		switch {
		case f.Standard:
			standard[name] = v
		case !v.None():
			custom[name] = v
		}
	}
	return standard, custom, err
}

// ReadFields reads all fields with the day from which their value holds.
// standard and custom hold their values as of the page's day.
func (s Pages) ReadFields(r *site.Request, p *Page, standard, custom map[string]account.Value) error {
	held, err := s.held(r, p.Subject.ID)
	if err != nil {
		return err
	}
	for i := range r.Config.Fields {
		f := &r.Config.Fields[i]
		name, ok := strings.CutPrefix(f.Def.Name, string(p.Subject.Kind)+".")
		if !ok || name == "name" {
			continue
		}
		x := fact{field: f.Def, name: name, value: custom[name]}
		if f.Standard {
			x.value = standard[name]
		}
		if step := held[f.ID]; step.ValidFrom > metric.Always && step.ValidFrom != 0 {
			d := minori.At(minori.FromMicros(step.ValidFrom), r.Config.Zone).Day
			x.since = &d
		}
		p.fields = append(p.fields, x)
	}
	return nil
}

// TextOf gives a text value, "" for none.
func TextOf(v account.Value) string {
	if v.Text == nil {
		return ""
	}
	return *v.Text
}

// DayOf reads the value of a date field.
func DayOf(v account.Value) *minori.Day {
	if v.Text == nil {
		return nil
	}
	d, err := minori.ParseDay(*v.Text)
	if err != nil {
		return nil
	}
	return &d
}

// DateValue is a day as a field's value.
func DateValue(d *minori.Day) account.Value {
	if d == nil {
		return account.Value{}
	}
	return account.Date(*d)
}

// write writes a field's value for people; "" for none.
func (f *fact) write(w site.Wording) string {
	switch {
	case f.value.None():
		return ""
	case f.field.Type == account.FieldDate:
		if d := DayOf(f.value); d != nil {
			return w.Date(*d)
		}
	case f.field.Type == account.FieldBool && f.value.Num != nil:
		return w.YesNo(*f.value.Num != 0)
	case f.field.Type == account.FieldMoney && f.value.Num != nil:
		return w.Quantity(*f.value.Num, w.Config.Workspace.Currency)
	case f.value.Num != nil:
		return w.Quantity(*f.value.Num, f.field.Unit)
	}
	return f.value.String()
}

// Facts writes all fields. link gives where a field's value leads to, and its
// words where the value itself does not say enough; "" for neither.
func (p *Page) Facts(r *site.Request, link func(name string, v account.Value) (words, url string)) []ui.Fact {
	w := r.Words()
	out := []ui.Fact{{Label: w.T("account.id"), Value: ui.Words(p.Subject.Key)}}
	for i := range p.fields {
		f := &p.fields[i]
		x := ui.Fact{Label: w.Titled(f.field.Title, f.field.Name)}
		said, url := link(f.name, f.value)
		if said == "" {
			said = f.write(w)
		}
		switch {
		case said != "" && url != "":
			x.Value = site.LinkTo(said, url)
		case said != "":
			x.Value = ui.Words(said)
		}
		if f.since != nil {
			x.Note = w.T("account.since", "date", w.Date(*f.since))
		}
		out = append(out, x)
	}
	return out
}
