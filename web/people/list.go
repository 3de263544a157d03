package people

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/minori-hq/minori/account"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// perPage is how many people a page of the list has.
const perPage = 50

// List is the list of those employees whose pages the reader may open.
func (s Pages) List(w http.ResponseWriter, r *site.Request) error {
	page, number, err := r.Page(perPage)
	if err != nil {
		return err
	}
	people, total, err := s.Profiles.People(r.Context(), r.Actor, page)
	if err != nil {
		return err
	}
	return s.Page(w, r, site.Frame{Title: r.View.T("place.people"), Place: ui.PlacePeople}, listPage(r, people, total, number))
}

// table lists people by their source's id.
func table(r *site.Request, people []account.Person, total, number int) ui.TableProps {
	v := r.View
	t := ui.TableProps{Caption: v.T("place.people"), Empty: &ui.EmptyProps{Icon: ui.IconPeople, Title: v.T("people.none"), Text: v.T("people.none.todo")},
		Columns: []ui.Column{{Label: v.T("people.name"), Primary: true}, {Label: v.T("people.role")}, {Label: v.T("people.team")}, {Label: v.T("people.state")}},
		Paging:  r.Paging(number, perPage, len(people), total, "/people")}
	for i := range people {
		p := &people[i]
		state := ui.Status(v.T("people.here"), ui.Neutral)
		if p.Left != nil && *p.Left < v.Today {
			state = ui.Status(v.T("people.left", "date", v.DateShort(*p.Left)), ui.Neutral)
		}
		t.Rows = append(t.Rows, ui.Row{URL: personURL(r, p.Key), Cells: []templ.Component{ui.TwoLines(personName(p), p.Email), ui.Words(r.Words().JobRole(p.Role)), ui.Words(p.Team), state}})
	}
	return t
}

// personURL gives the address of a person's page.
func personURL(r *site.Request, key string) string { return r.Link("/people/" + url.PathEscape(key)) }
