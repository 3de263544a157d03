package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/ui"
)

// workRoutes are the pages cockpit, scorecards, rules, retention, workspace.
func (s *site) workRoutes(mux *http.ServeMux) {
	mux.Handle("GET /cockpit", s.handle(s.cockpit))
	mux.Handle("GET /cockpit/{id}", s.handle(s.cockpitCall))
	mux.Handle("POST /cockpit/{id}/{do}", s.handle(s.cockpitDo))
	mux.Handle("GET /scorecards", s.handle(s.scorecards))
	mux.Handle("GET /scorecards/{name}", s.handle(s.scorecard))
	mux.Handle("GET /scorecards/{name}/accounts/{id}", s.handle(s.scorecardAccount))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override", s.handle(s.overrideSet))
	mux.Handle("POST /scorecards/{name}/accounts/{id}/override/clear", s.handle(s.overrideClear))
	mux.Handle("GET /rules", s.handle(s.rules))
	mux.Handle("GET /rules/{name}", s.handle(s.rule))
	mux.Handle("GET /retention", s.handle(s.retention))
	mux.Handle("GET /workspace", s.handle(s.workspace))
	mux.Handle("GET /workspace/definitions", s.handle(s.definitions))
	mux.Handle("GET /workspace/{version}", s.handle(s.workspaceVersion))
}

// answer answers with a whole page and a status.
func (s *site) answer(w http.ResponseWriter, r *request, status int, f frame, content templ.Component) error {
	return s.render(w, r, status, wrap(ui.Layout(r.View, s.layout(r, f)), content))
}

// invalid is an error with a message in the reader's language.
func invalid(message string) error { return minori.Errorf(minori.Invalid, "%s", message) }

// dayParam reads a day from the address; otherwise is given when it says none.
func (r *request) dayParam(name, label string, otherwise minori.Day) (minori.Day, error) {
	return r.day(r.URL.Query().Get(name), label, otherwise)
}

// day reads a day that was entered under a label.
func (r *request) day(value, label string, otherwise minori.Day) (minori.Day, error) {
	if value == "" {
		return otherwise, nil
	}
	d, err := minori.ParseDay(value)
	if err != nil {
		return 0, invalid(r.View.T("form.bad-day", "field", label, "value", clip(value, 40)))
	}
	return d, nil
}

// oneOf reads a choice from the address; "" and whatever is among the choices.
func (r *request) oneOf(name string, choices []ui.Option) (string, error) {
	value := r.URL.Query().Get(name)
	if value == "" {
		return "", nil
	}
	for _, c := range choices {
		if c.Value == value {
			return value, nil
		}
	}
	return "", invalid(r.View.T("form.bad-choice", "field", name, "value", clip(value, 40)))
}

// paging gives the foot of a list of pages by number.
func (r *request) paging(number, size, shown, total int, path string, params ...string) *ui.PagingProps {
	from := (number - 1) * size
	p := &ui.PagingProps{From: min(from+1, from+shown), To: from + shown, Total: total}
	at := func(n int) string {
		return r.Link(path, append(append([]string(nil), params...), "page", strconv.Itoa(n))...)
	}
	if number > 1 {
		p.PrevURL = at(number - 1)
	}
	if from+shown < total {
		p.NextURL = at(number + 1)
	}
	return p
}

// count writes a whole number.
func count[T int | int64](v ui.View, n T) templ.Component { return ui.Words(v.Int(int64(n))) }

// sequence puts components one after the other, with a blank between them.
func sequence(parts ...templ.Component) templ.Component { return inSequence(parts) }

// callPath gives the address of a call to action.
func callPath(id int64) string { return fmt.Sprintf("/cockpit/%d", id) }
