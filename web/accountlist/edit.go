package accountlist

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/account/edit"
	"github.com/minori-hq/minori/text"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// nobody is what the form for several accounts sends to leave them without an owner.
const nobody = "-"

// fieldForm is the form for one field of one account.
type fieldForm struct {
	id      minori.ID
	key     string
	name    string // of the account
	column  *column
	value   string // in the form
	was     string // what the editor saw
	shown   string // in words
	choices []ui.Option
	sources []string // that write the field, too
	back    string
	problem string
	differs string // what is there now, when somebody else was faster
	by      bool   // somebody else was
}

// writable gives the column whose field a form is about.
func (s Pages) writable(r *site.Request, name string) (*column, error) {
	if err := edit.MayEdit(r.Actor); err != nil {
		return nil, site.Refused(r, err)
	}
	c := columnsOf(r).by[name]
	if c == nil || !c.edit {
		return nil, site.Invalid(r.View.T("list.no-edit", "name", site.Clip(name, 60)))
	}
	return c, nil
}

// readField finds the account and its present value.
func (s Pages) readField(r *site.Request, q url.Values) (*fieldForm, error) {
	col, err := s.writable(r, q.Get("field"))
	if err != nil {
		return nil, err
	}
	f := &fieldForm{column: col, key: q.Get("id"), back: backTo(q.Get("back"))}
	subject, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, f.key)
	if minori.CodeOf(err) == minori.NotFound {
		return nil, minori.Errorf(minori.NotFound, "%s", r.View.T("account.not-found", "id", site.Clip(f.key, 60)))
	}
	if err != nil {
		return nil, err
	}
	acc, err := s.Accounts.Account(r.Context(), r.Actor, subject.ID)
	if err != nil {
		return nil, err
	}
	f.id, f.name = acc.ID, acc.Name
	row := account.AccountRow{Account: acc}
	f.was = row.Value(edit.Target(col.field.Name)).String()
	f.value = f.was
	f.sources = sourcesOf(r, col)
	return f, s.fieldChoices(r, f)
}

// fieldChoices fills in what can be chosen.
func (s Pages) fieldChoices(r *site.Request, f *fieldForm) (err error) {
	none := ui.Option{Label: r.View.T("list.no-value-set")}
	switch f.column.kind {
	case kindOwner:
		if f.choices, err = s.owners(r); err != nil {
			return err
		}
		p, err := s.person(r, f.was)
		if err != nil {
			return err
		}
		switch {
		case p.Key != "" && p.Key != f.was: // the source names people by e-mail
			f.choices = slices.DeleteFunc(f.choices, func(o ui.Option) bool { return o.Value == p.Key })
			f.choices = append([]ui.Option{{Value: f.was, Label: p.Name}}, f.choices...)
		case f.was != "" && p.Key == "":
			f.choices = append([]ui.Option{{Value: f.was, Label: f.was}}, f.choices...)
		}
		f.shown = p.Name
	case kindChoice:
		for _, o := range f.column.field.Options {
			f.choices = append(f.choices, ui.Option{Value: o, Label: o})
		}
	case kindYesNo:
		f.choices = []ui.Option{{Value: "1", Label: r.View.T("word.yes")}, {Value: "0", Label: r.View.T("word.no")}}
	}
	if len(f.choices) > 0 {
		f.choices = append([]ui.Option{none}, f.choices...)
	}
	return nil
}

// sourcesOf names the sources that write a field of accounts.
func sourcesOf(r *site.Request, c *column) []string {
	var out []string
	target := edit.Target(c.field.Name)
	for i := range r.Config.Sources {
		src := &r.Config.Sources[i].Def
		if src.Into != string(account.KindAccount) {
			continue
		}
		for _, m := range src.Map {
			if m.Target == target {
				out = append(out, r.Words().Titled(src.Title, src.Name))
			}
		}
	}
	return out
}

// backTo keeps the way back within the list and account pages.
func backTo(to string) string {
	if to == "/accounts" || strings.HasPrefix(to, "/accounts?") || strings.HasPrefix(to, "/accounts/") {
		return to
	}
	return "/accounts"
}

// Field is the form for one field of an account.
func (s Pages) Field(w http.ResponseWriter, r *site.Request) error {
	q := r.URL.Query()
	f, err := s.readField(r, q)
	if err != nil {
		return err
	}
	if q.Get("cancel") != "" {
		return s.Part(w, r, s.cell(r, f))
	}
	return s.answerField(w, r, http.StatusOK, f)
}

func (s Pages) answerField(w http.ResponseWriter, r *site.Request, status int, f *fieldForm) error {
	if r.HTMX() {
		return s.Part(w, r, cellForm(r, f))
	}
	return s.Answer(w, r, status, site.Frame{Title: f.column.label(r.View), Place: ui.PlaceAccounts}, fieldPage(r, f))
}

// SaveField changes one field of an account.
func (s Pages) SaveField(w http.ResponseWriter, r *site.Request) error {
	f, err := s.readField(r, r.PostForm)
	if err != nil {
		return err
	}
	now := f.was
	f.value, f.was = strings.TrimSpace(r.PostForm.Get("to")), r.PostForm.Get("was")
	to, err := readField(r, f.column, f.value)
	if err != nil {
		f.problem = site.FormMessage(r.View, err)
		return s.answerField(w, r, http.StatusBadRequest, f)
	}
	was := f.column.parsed(f.was)
	done, err := s.Edits.Set(r.Context(), r.Actor, *f.column.field, to, []edit.Ask{{Account: f.id, Was: &was}})
	switch {
	case minori.CodeOf(err) == minori.Invalid:
		f.problem = r.View.T("list.bad-value", "field", f.column.label(r.View), "value", site.Clip(f.value, 60))
		return s.answerField(w, r, http.StatusBadRequest, f)
	case err != nil:
		return site.Refused(r, err)
	case len(done.Differed) > 0:
		f.by, f.differs, f.was = true, s.fieldWords(r, f.column, now), now
		return s.answerField(w, r, http.StatusConflict, f)
	}
	if r.HTMX() {
		if f, err = s.readField(r, r.PostForm); err != nil {
			return err
		}
		return s.Part(w, r, s.cell(r, f))
	}
	return s.Redirect(w, r, withUndo(f.back, done.Batch), r.View.T("list.field-saved", "field", f.column.label(r.View)))
}

// cell is the cell of the list after an edit.
func (s Pages) cell(r *site.Request, f *fieldForm) templ.Component {
	shown := f.shown
	if shown == "" {
		shown = s.fieldWords(r, f.column, f.was)
	}
	return editCell(r, f.key, f.column, f.back, ui.Words(shown))
}

// fieldWords writes a field's value for the reader.
func (s Pages) fieldWords(r *site.Request, c *column, value string) string {
	if value == "" {
		return ""
	}
	if c.kind == kindOwner {
		if p, err := s.person(r, value); err == nil && p.Name != "" {
			return p.Name
		}
		return value
	}
	return c.fieldValue(r.Words(), c.parsed(value))
}

// fieldValue writes a value of a field.
func (c *column) fieldValue(v site.Wording, x account.Value) string {
	switch {
	case x.None():
		return ""
	case c.kind == kindYesNo && x.Num != nil:
		return v.YesNo(*x.Num != 0)
	case c.kind == kindDate && x.Num != nil:
		return v.DateShort(minori.Day(*x.Num))
	case c.kind == kindMoney && x.Num != nil:
		return v.Money(v.Major(*x.Num))
	case x.Num != nil && x.Text == nil:
		return v.Quantity(*x.Num, c.unit(v))
	}
	return x.String()
}

// parsed reads a value as it is kept. What does not fit the field any more is
// a text.
func (c *column) parsed(s string) account.Value {
	v, err := c.field.Parse(s)
	if err != nil {
		return account.Text(s)
	}
	return v
}

// readField reads a value as people enter it.
func readField(r *site.Request, c *column, s string) (account.Value, error) {
	if s == "" {
		return account.Value{}, nil
	}
	if c.field.Type == account.FieldNumber || c.field.Type == account.FieldMoney {
		n, ok := readNumber(s)
		if !ok {
			return account.Value{}, site.Invalid(r.View.T("list.not-number", "field", c.label(r.View), "value", site.Clip(s, 40)))
		}
		return account.Number(n), nil
	}
	v, err := c.field.Parse(s)
	if err != nil {
		return v, site.Invalid(r.View.T("list.bad-value", "field", c.label(r.View), "value", site.Clip(s, 60)))
	}
	return v, nil
}

func withUndo(back string, batch int64) string {
	if batch == 0 {
		return back
	}
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	q := u.Query()
	q.Set("undo", strconv.FormatInt(batch, 10))
	u.RawQuery = q.Encode()
	return u.String()
}

func withoutUndo(back string) string {
	u, err := url.Parse(back)
	if err != nil {
		return back
	}
	q := u.Query()
	q.Del("undo")
	u.RawQuery = q.Encode()
	return u.String()
}

// picked reads which accounts a form chooses.
func picked(r *site.Request) ([]minori.ID, error) {
	texts := r.PostForm["pick"]
	if len(texts) == 0 {
		return nil, site.Invalid(r.View.T("list.none-picked"))
	}
	if len(texts) > maxPicked {
		return nil, site.Invalid(r.View.T("list.many-picked", "accounts", r.View.Count(maxPicked, text.Accounts)))
	}
	ids := make([]minori.ID, len(texts))
	for i, t := range texts {
		n, err := strconv.ParseInt(t, 10, 64)
		if err != nil || n < 1 {
			return nil, site.Invalid(r.View.T("list.none-picked"))
		}
		ids[i] = minori.ID(n)
	}
	return ids, nil
}

// BulkValue is the control for the value of a field, by the field's type.
func (s Pages) BulkValue(w http.ResponseWriter, r *site.Request) error {
	if err := edit.MayEdit(r.Actor); err != nil {
		return site.Refused(r, err)
	}
	col, err := s.writable(r, r.URL.Query().Get("set"))
	if err != nil {
		return err
	}
	f := &fieldForm{column: col}
	if err := s.fieldChoices(r, f); err != nil {
		return err
	}
	return s.Part(w, r, bulkValue(r, f))
}

// Bulk changes a field of the chosen accounts.
func (s Pages) Bulk(w http.ResponseWriter, r *site.Request) error {
	if err := edit.MayEdit(r.Actor); err != nil {
		return site.Refused(r, err)
	}
	name, value := colOwner, strings.TrimSpace(r.PostForm.Get("owner"))
	switch {
	case r.PostForm.Get("do") == "set":
		name, value = r.PostForm.Get("set"), strings.TrimSpace(r.PostForm.Get("to"))
	case value == "":
		return site.Invalid(r.View.T("list.no-owner"))
	case value == nobody:
		value = ""
	}
	col, err := s.writable(r, name)
	if err != nil {
		return err
	}
	ids, err := picked(r)
	if err != nil {
		return err
	}
	to, err := readField(r, col, value)
	if err != nil {
		return err
	}
	asks := make([]edit.Ask, len(ids))
	for i, id := range ids {
		asks[i].Account = id
	}
	done, err := s.Edits.Set(r.Context(), r.Actor, *col.field, to, asks)
	if minori.CodeOf(err) == minori.Invalid {
		return site.Invalid(r.View.T("list.bad-value", "field", col.label(r.View), "value", site.Clip(value, 60)))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	shown := s.fieldWords(r, col, to.String())
	if shown == "" {
		shown = r.View.T("list.no-value-set")
	}
	message := r.View.T("list.bulk-done", "accounts", r.View.Count(len(done.Changed), text.Accounts), "field", col.label(r.View), "value", shown)
	return s.Redirect(w, r, withUndo(withoutUndo(backTo(r.PostForm.Get("back"))), done.Batch), message)
}

// Undo takes a change back.
func (s Pages) Undo(w http.ResponseWriter, r *site.Request) error {
	id, err := strconv.ParseInt(r.PathValue("batch"), 10, 64)
	if err != nil {
		return s.Nowhere(w, r)
	}
	b, err := s.Edits.Batch(r.Context(), r.Actor, id)
	if err != nil {
		return site.Refused(r, err)
	}
	col, err := s.writable(r, "field:"+b.Field)
	if err != nil {
		return err
	}
	done, err := s.Edits.Undo(r.Context(), r.Actor, *col.field, id)
	if minori.CodeOf(err) == minori.Conflict {
		return minori.Errorf(minori.Conflict, "%s", r.View.T("list.undo-late"))
	}
	if err != nil {
		return site.Refused(r, err)
	}
	message := r.View.T("list.undone", "accounts", r.View.Count(len(done.Changed), text.Accounts))
	if n := len(done.Differed); n > 0 {
		message += " " + r.View.T("list.undone-left", "accounts", r.View.Count(n, text.Accounts))
	}
	return s.Redirect(w, r, withoutUndo(backTo(r.PostForm.Get("back"))), message)
}
