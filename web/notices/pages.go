// Package notices has the pages of notifications: what concerns the reader,
// and which kinds of it they want to see.
package notices

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/notice"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// Pages answers with the pages of this package.
type Pages struct{ *site.Site }

// size is how many notices one page shows.
const size = 50

// model is the page of notifications.
type model struct {
	ui.View
	Title    string
	Sentence string
	Rows     []row
	Unread   int
	Paging   *ui.PagingProps
}

// row is one notification, in words.
type row struct {
	ID    int64
	Icon  ui.IconName
	Title string
	Body  string
	When  string
	URL   string
	Read  bool
}

// List shows the reader's notifications, newest first.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	page, number, err := r.Page(size)
	if err != nil {
		return err
	}
	list, total, err := s.Notices.List(r.Context(), r.Actor, page)
	if err != nil {
		return err
	}
	m := model{View: r.View, Title: r.View.T("notices.title")}
	if m.Unread, err = s.Notices.Unread(r.Context(), r.Actor); err != nil {
		return err
	}
	m.Sentence = m.T("notices.sentence", "unread", m.Unread, "total", total)
	if m.Rows, err = s.rows(r, list); err != nil {
		return err
	}
	m.Paging = r.Paging(number, size, len(list), total, site.NoticesURL)
	return s.Page(w, r, site.Frame{Title: m.Title, Refresh: "notices"}, listPage(m))
}

// rows writes notices for the reader. Names come from the service that knows
// what the reader may see.
func (s Pages) rows(r *site.Request, list []notice.Notice) ([]row, error) {
	ids := make([]minori.ID, 0, len(list))
	for _, n := range list {
		if n.Subject != 0 {
			ids = append(ids, n.Subject)
		}
	}
	labels, err := s.Accounts.Labels(r.Context(), r.Actor, ids)
	if err != nil {
		return nil, err
	}
	out := make([]row, len(list))
	for i := range list {
		out[i] = write(r, &list[i], labels)
	}
	return out, nil
}

func write(r *site.Request, n *notice.Notice, labels map[minori.ID]account.Label) row {
	v, w := r.View, r.Words()
	label, known := labels[n.Subject]
	name := site.LabelName(label)
	if !known {
		name = v.T("notices.somebody")
	}
	out := row{ID: n.ID, Read: n.Read != 0, When: v.DateTime(minori.FromMicros(n.At)), Body: n.Detail.Text}
	if n.Detail.Rule != "" {
		out.Body = w.Rule(n.Detail.Rule)
	}
	if n.Call != 0 {
		out.URL = r.CallURL(n.Call)
	} else if known {
		out.URL = r.AccountURL(label.Key)
	}
	switch n.Kind {
	case notice.Mention:
		out.Icon, out.Title = ui.IconMessage, v.T("notices.mention", "who", n.Author, "name", name)
	case notice.Assigned:
		out.Icon, out.Title = ui.IconCockpit, v.T("notices.assigned", "name", name, "due", v.Date(n.Detail.Due))
	case notice.Due:
		out.Icon, out.Title = ui.IconClock, v.T("notices.due", "name", name, "due", v.Date(n.Detail.Due))
	case notice.Overdue:
		out.Icon, out.Title = ui.IconWarn, v.T("notices.overdue", "name", name, "due", v.Date(n.Detail.Due))
	case notice.Fell:
		out.Icon = ui.IconFall
		out.Title = v.T("notices.fell", "name", name, "score", w.Scorecard(n.Detail.Scorecard),
			"from", site.BandWord(v, ui.Band(n.Detail.From)), "to", site.BandWord(v, ui.Band(n.Detail.To)))
		if known {
			out.URL = r.Link("/scorecards/" + url.PathEscape(n.Detail.Scorecard) + "/accounts/" + url.PathEscape(label.Key))
		}
	case notice.Rejects:
		out.Icon, out.Body = ui.IconData, ""
		out.Title = v.T("notices.rejects", "source", n.Detail.Text, "rows", v.Int(int64(n.Detail.Rows)), "who", w.Author(n.Author))
	case notice.Webhook:
		out.Icon, out.URL = ui.IconWarn, r.Link("/settings/webhooks/"+strconv.FormatInt(n.Detail.Webhook, 10))
		out.Title, out.Body = v.T("notices.webhook", "url", n.Detail.To), ""
	}
	return out
}

// Bell answers with the bell of the top bar.
func (s Pages) Bell(w http.ResponseWriter, r *site.Request) error {
	n, err := s.Notices.Unread(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return s.Part(w, r, ui.Bell(r.View, ui.Live{NoticesURL: site.NoticesURL, BellURL: site.BellURL, Unread: n}))
}

// Read marks one notification as read, all without an id, and leads on to what
// it is about if the form says so.
func (s Pages) Read(w http.ResponseWriter, r *site.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("id"), 10, 64)
	if text := r.PostForm.Get("id"); text != "" && (err != nil || id < 1) {
		return site.Invalid(r.View.T("notices.unknown"))
	}
	if err := s.Notices.MarkRead(r.Context(), r.Actor, id); err != nil {
		return err
	}
	to := r.PostForm.Get("to")
	if to == "" {
		to = site.NoticesURL
	}
	return s.Redirect(w, r, to, "")
}

// choice is one kind of notification that can be turned off.
type choice struct {
	Kind  notice.Kind
	Label string
	On    bool
}

// preferences is the page of what one wants to see.
type preferences struct {
	ui.View
	Title   string
	Choices []choice
}

// Preferences shows which kinds are on.
func (s Pages) Preferences(w http.ResponseWriter, r *site.Request) error {
	off, err := s.Notices.Off(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	m := preferences{View: r.View, Title: r.View.T("notices.preferences")}
	for _, k := range notice.Kinds() {
		if k.Shared() && !r.Actor.MayConfigure() {
			continue
		}
		m.Choices = append(m.Choices, choice{k, kindWords(r.View, k), !slices.Contains(off, k)})
	}
	f := site.Frame{Title: m.Title, Crumbs: []ui.Link{{Label: m.T("notices.title"), URL: site.NoticesURL}, {Label: m.Title}}}
	return s.Page(w, r, f, preferencesPage(m))
}

// SavePreferences keeps which kinds are on.
func (s Pages) SavePreferences(w http.ResponseWriter, r *site.Request) error {
	var off []notice.Kind
	for _, k := range notice.Kinds() {
		if r.PostForm.Get(string(k)) == "" && (!k.Shared() || r.Actor.MayConfigure()) {
			off = append(off, k)
		}
	}
	if err := s.Notices.SetOff(r.Context(), r.Actor, off); err != nil {
		return err
	}
	return s.Redirect(w, r, site.NoticesURL+"/preferences", r.View.T("notices.saved"))
}

func kindWords(v ui.View, k notice.Kind) string {
	switch k {
	case notice.Mention:
		return v.T("notices.kind.mention")
	case notice.Assigned:
		return v.T("notices.kind.assigned")
	case notice.Due:
		return v.T("notices.kind.due")
	case notice.Overdue:
		return v.T("notices.kind.overdue")
	case notice.Fell:
		return v.T("notices.kind.fell")
	case notice.Webhook:
		return v.T("notices.kind.webhook")
	}
	return v.T("notices.kind.rejects")
}
