package accounts

import (
	"mime"
	"net/http"
	"strconv"
	"time"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account/profile"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/subject"
	"github.com/minori-hq/minori/web/ui"
)

// Measure is the page that takes one measure of an account apart.
func (s Pages) Measure(w http.ResponseWriter, r *site.Request) error {
	c, err := s.customer(r)
	if err != nil {
		return err
	}
	return s.shared().Measure(w, r, c.Page)
}

// NewEntry is the form of a new entry on the timeline.
func (s Pages) NewEntry(w http.ResponseWriter, r *site.Request) error {
	c, err := s.writable(r)
	if err != nil {
		return err
	}
	return s.entryPage(w, r, s.shared().NewDraft(r, c.Page), nil)
}

// writable finds the account for who may write on its timeline.
func (s Pages) writable(r *site.Request) (*customer, error) {
	if err := r.Actor.Require(r.Actor.MayAct(), "write on a timeline"); err != nil {
		return nil, site.Refused(r, err)
	}
	return s.customer(r)
}

// entryPage shows the form of an entry with what is wrong with it.
func (s Pages) entryPage(w http.ResponseWriter, r *site.Request, d *subject.Draft, wrong error) error {
	if err := s.shared().Fill(r, d); err != nil {
		return err
	}
	d.Error = wrong
	status := http.StatusOK
	if wrong != nil {
		status = site.StatusOf(minori.CodeOf(wrong))
	}
	f := site.Frame{Title: r.View.T("timeline.add"), Place: ui.PlaceAccounts,
		Crumbs: []ui.Link{{Label: r.View.T("place.accounts"), URL: "/accounts"}, {Label: d.Page.Name, URL: d.Page.Path}, {Label: r.View.T("account.tab.timeline")}}}
	return s.Answer(w, r, status, f, subject.EntryPage(r, d))
}

// AddEntry writes an entry with its files.
func (s Pages) AddEntry(w http.ResponseWriter, r *site.Request) error {
	c, err := s.writable(r)
	if err != nil {
		return err
	}
	d := s.shared().NewDraft(r, c.Page)
	files, err := s.shared().ReadUpload(r, d)
	if err == nil {
		_, err = s.Profiles.AddEntry(r.Context(), r.Actor, d.Entry, files)
	}
	if err != nil {
		return s.wrong(w, r, d, err)
	}
	return s.Redirect(w, r, c.URL(r, subject.PanelTimeline), r.View.T("timeline.saved"))
}

// wrong shows the form again where its reader can mend it.
func (s Pages) wrong(w http.ResponseWriter, r *site.Request, d *subject.Draft, err error) error {
	err = subject.Wrong(r, err)
	switch minori.CodeOf(err) {
	case minori.Invalid, minori.Conflict:
		return s.entryPage(w, r, d, err)
	}
	return err
}

// Entry is the form that changes an entry.
func (s Pages) Entry(w http.ResponseWriter, r *site.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if !d.Entry.MayEdit(r.Actor) && !d.Entry.MayDelete(r.Actor) {
		return minori.Errorf(minori.Forbidden, "%s", r.View.T("timeline.not-yours", "who", d.Entry.Author))
	}
	return s.entryPage(w, r, d, nil)
}

// draft finds the entry of the address.
func (s Pages) draft(r *site.Request) (*subject.Draft, error) {
	c, err := s.writable(r)
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseInt(r.PathValue("entry"), 10, 64)
	if err != nil {
		return nil, minori.Errorf(minori.NotFound, "%s", r.View.T("timeline.gone"))
	}
	return s.shared().EditDraft(r, c.Page, minori.ID(id))
}

// EditEntry changes an entry.
func (s Pages) EditEntry(w http.ResponseWriter, r *site.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if !d.Entry.MayEdit(r.Actor) {
		return minori.Errorf(minori.Forbidden, "%s", r.View.T("timeline.not-yours", "who", d.Entry.Author))
	}
	files, err := s.shared().ReadChange(r, d)
	if err == nil {
		_, err = s.Profiles.EditEntry(r.Context(), r.Actor, d.Entry, files)
	}
	if err != nil {
		return s.wrong(w, r, d, err)
	}
	return s.Redirect(w, r, d.Page.URL(r, subject.PanelTimeline), r.View.T("timeline.saved"))
}

// DeleteEntry takes an entry away.
func (s Pages) DeleteEntry(w http.ResponseWriter, r *site.Request) error {
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	if err := s.Profiles.DeleteEntry(r.Context(), r.Actor, d.Page.Subject.ID, d.Entry.ID); err != nil {
		if minori.CodeOf(err) == minori.Forbidden {
			return minori.Errorf(minori.Forbidden, "%s", r.View.T("timeline.not-yours", "who", d.Entry.Author))
		}
		return subject.Wrong(r, err)
	}
	return s.Redirect(w, r, d.Page.URL(r, subject.PanelTimeline), r.View.T("timeline.deleted"))
}

// File sends an attached file, to be saved and never shown by the browser.
func (s Pages) File(w http.ResponseWriter, r *site.Request) error {
	missing := minori.Errorf(minori.NotFound, "%s", r.View.T("timeline.no-file"))
	found, err := s.Accounts.ByKey(r.Context(), r.Actor, minori.Account, r.PathValue("id"))
	if err != nil {
		return subject.Missing(r, minori.Account, err)
	}
	id, err := strconv.ParseInt(r.PathValue("file"), 10, 64)
	if err != nil {
		return missing
	}
	f, content, err := s.Profiles.OpenFile(r.Context(), r.Actor, found.ID, id)
	if minori.CodeOf(err) == minori.NotFound {
		return missing
	}
	if err != nil {
		return err
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", disposition(&f))
	h.Set("Cache-Control", "private, no-store")
	http.ServeContent(w, r.Request, "", time.Time{}, content)
	return nil
}

// disposition tells the browser to save a file under its name.
func disposition(f *profile.File) string {
	if s := mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}); s != "" {
		return s
	}
	return "attachment"
}
