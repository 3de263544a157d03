package settings

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
	"github.com/minori-hq/minori/webhook"
)

// deliveriesSize is how many deliveries a page lists.
const deliveriesSize = 25

const webhooksURL = "/settings/webhooks"

func endpointURL(id int64) string { return webhooksURL + "/" + strconv.FormatInt(id, 10) }

func deliveryURL(d *webhook.Delivery) string {
	return endpointURL(d.Endpoint) + "/deliveries/" + strconv.FormatInt(d.ID, 10)
}

// webhooksModel is the list of endpoints.
type webhooksModel struct {
	head
	Table ui.TableProps
}

// Webhooks shows the endpoints.
func (s Pages) Webhooks(w http.ResponseWriter, r *site.Request) error {
	list, err := s.Site.Webhooks.Endpoints(r.Context(), r.Actor)
	if err != nil {
		return site.Refused(r, err)
	}
	v := r.View
	m := webhooksModel{head: headOf(r, site.TabWebhooks, v.T("settings.webhooks"))}
	m.Table = ui.TableProps{Caption: v.T("settings.webhooks"), Columns: []ui.Column{
		{Label: v.T("webhook.endpoint"), Primary: true}, {Label: v.T("webhook.kinds")}, {Label: v.T("webhook.pending"), Numeric: true},
		{Label: v.T("webhook.dead"), Numeric: true}, {Label: v.T("webhook.state")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconData, Title: v.T("webhook.none"), Text: v.T("webhook.none-text"),
		Action: ui.ButtonProps{Label: v.T("webhook.add"), URL: webhooksURL + "/new"}}}
	for i := range list {
		e := &list[i]
		main, below := e.Name, e.URL
		if main == "" {
			main, below = e.URL, ""
		}
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: endpointURL(e.ID), Quiet: !e.Enabled, Cells: []templ.Component{ui.TwoLines(main, below),
			kindsCell(v, e.Kinds), ui.Words(v.Int(int64(e.Pending))), ui.Words(v.Int(int64(e.Dead))), endpointState(v, e)}})
	}
	return s.show(w, r, http.StatusOK, m.head, webhooksPage(m))
}

func endpointState(v ui.View, e *webhook.Endpoint) templ.Component {
	switch {
	case e.Stopped != "":
		return ui.Status(v.T("webhook.disabled"), ui.Bad)
	case !e.Enabled:
		return ui.Status(v.T("webhook.disabled"), ui.Neutral)
	case e.Failing != 0:
		return ui.Status(v.T("webhook.failing"), ui.Warn)
	}
	return ui.Status(v.T("webhook.enabled"), ui.Good)
}

func deliveryState(v ui.View, s webhook.State) templ.Component {
	switch s {
	case webhook.Delivered:
		return ui.Status(stateWord(v, s), ui.Good)
	case webhook.Dead:
		return ui.Status(stateWord(v, s), ui.Bad)
	}
	return ui.Status(stateWord(v, s), ui.Neutral)
}

func stateWord(v ui.View, s webhook.State) string {
	switch s {
	case webhook.Delivered:
		return v.T("webhook.delivered")
	case webhook.Dead:
		return v.T("webhook.dead")
	}
	return v.T("webhook.pending")
}

// kindChoice is one kind of event to choose.
type kindChoice struct {
	Kind  webhook.Kind
	Label string
	On    bool
}

// endpointModel is the form of one endpoint, with its deliveries.
type endpointModel struct {
	head
	Endpoint webhook.Endpoint // ID 0: a new one
	Choices  []kindChoice
	Secret   string // shown once
	OldUntil string // until when the secret before signs
	Trouble  *ui.NoticeProps
	State    string // deliveries of this state; "" all
	States   []ui.Option
	Table    ui.TableProps
}

func (s Pages) endpointForm(r *site.Request, e webhook.Endpoint) endpointModel {
	v := r.View
	title := v.T("webhook.add")
	if e.ID != 0 {
		if title = e.Name; title == "" {
			title = e.URL
		}
	}
	m := endpointModel{head: headOf(r, site.TabWebhooks, title), Endpoint: e}
	for _, k := range webhook.Kinds() {
		m.Choices = append(m.Choices, kindChoice{k, kindWord(v, k), slices.Contains(e.Kinds, k)})
	}
	if e.Rotated > s.Clock().UnixMicro() {
		m.OldUntil = v.DateTime(minori.FromMicros(e.Rotated))
	}
	switch {
	case e.Stopped != "":
		m.Trouble = &ui.NoticeProps{Tone: ui.Bad, Title: v.T("webhook.stopped"), Text: faultWord(v, e.Stopped)}
	case e.Failing != 0 && e.Enabled:
		m.Trouble = &ui.NoticeProps{Tone: ui.Warn, Title: v.T("webhook.failing-since", "since", v.DateTime(minori.FromMicros(e.Failing))), Text: v.T("webhook.failing-text")}
	}
	return m
}

// NewWebhook shows the form of a new endpoint.
func (s Pages) NewWebhook(w http.ResponseWriter, r *site.Request) error {
	if _, err := s.Site.Webhooks.Endpoints(r.Context(), r.Actor); err != nil {
		return site.Refused(r, err)
	}
	e := webhook.Endpoint{Enabled: true}
	e.Kinds = webhook.Kinds()
	m := s.endpointForm(r, e)
	return s.show(w, r, http.StatusOK, m.head, endpointPage(m))
}

// draft reads the form of an endpoint.
func draft(r *site.Request) webhook.Draft {
	d := webhook.Draft{Name: r.PostForm.Get("name"), URL: r.PostForm.Get("url")}
	for _, k := range webhook.Kinds() {
		if r.PostForm.Get(string(k)) != "" {
			d.Kinds = append(d.Kinds, k)
		}
	}
	return d
}

// AddWebhook makes an endpoint and shows its secret.
func (s Pages) AddWebhook(w http.ResponseWriter, r *site.Request) error {
	d := draft(r)
	e, secret, err := s.Site.Webhooks.Add(r.Context(), r.Actor, d)
	if err != nil {
		return s.webhookNotSaved(w, r, webhook.Endpoint{Draft: d, Enabled: true}, err)
	}
	return s.showSecret(w, r, e, secret)
}

// showSecret shows a new secret; it is shown nowhere else.
func (s Pages) showSecret(w http.ResponseWriter, r *site.Request, e webhook.Endpoint, secret string) error {
	m, err := s.endpointModel(r, e)
	if err != nil {
		return err
	}
	m.Secret = secret
	w.Header().Set("Cache-Control", "no-store")
	return s.show(w, r, http.StatusOK, m.head, endpointPage(m))
}

// webhookNotSaved shows the form again with what was entered.
func (s Pages) webhookNotSaved(w http.ResponseWriter, r *site.Request, e webhook.Endpoint, err error) error {
	code := minori.CodeOf(err)
	if code != minori.Invalid && code != minori.Conflict {
		return site.Refused(r, err)
	}
	said := &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("form.not-saved"), Text: webhookMessage(r, err)}
	m := s.endpointForm(r, e)
	if e.ID != 0 {
		if m, err = s.endpointModel(r, e); err != nil {
			return err
		}
	}
	m.Notice = said
	return s.show(w, r, site.StatusOf(code), m.head, endpointPage(m))
}

// endpoint gives the endpoint the address names.
func (s Pages) endpoint(r *site.Request) (webhook.Endpoint, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		id = 0 // nothing has it
	}
	e, err := s.Site.Webhooks.Endpoint(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound {
		return e, minori.Errorf(minori.NotFound, "%s", r.View.T("webhook.not-found"))
	}
	return e, site.Refused(r, err)
}

// Webhook shows one endpoint with its deliveries.
func (s Pages) Webhook(w http.ResponseWriter, r *site.Request) error {
	e, err := s.endpoint(r)
	if err != nil {
		return err
	}
	m, err := s.endpointModel(r, e)
	if err != nil {
		return err
	}
	return s.show(w, r, http.StatusOK, m.head, endpointPage(m))
}

// endpointModel is the form of an endpoint with a page of its deliveries.
func (s Pages) endpointModel(r *site.Request, e webhook.Endpoint) (endpointModel, error) {
	m, v := s.endpointForm(r, e), r.View
	page, number, err := r.Page(deliveriesSize)
	if err != nil {
		return m, err
	}
	m.States = []ui.Option{{Value: "", Label: v.T("webhook.all-states")}}
	for _, st := range []webhook.State{webhook.Pending, webhook.Delivered, webhook.Dead} {
		m.States = append(m.States, ui.Option{Value: string(st), Label: stateWord(v, st)})
	}
	if m.State, err = r.OneOf("state", m.States); err != nil {
		return m, err
	}
	list, total, err := s.Site.Webhooks.Deliveries(r.Context(), r.Actor, webhook.Filter{Endpoint: e.ID, State: webhook.State(m.State)}, page)
	if err != nil {
		return m, site.Refused(r, err)
	}
	m.Table = ui.TableProps{Caption: v.T("webhook.deliveries"), Columns: []ui.Column{
		{Label: v.T("webhook.event"), Primary: true}, {Label: v.T("webhook.at"), Tight: true}, {Label: v.T("webhook.attempts"), Numeric: true},
		{Label: v.T("webhook.answer"), Numeric: true}, {Label: v.T("webhook.state")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconHistory, Title: v.T("webhook.no-deliveries"), Text: v.T("webhook.no-deliveries-text")}}
	for i := range list {
		d := &list[i]
		m.Table.Rows = append(m.Table.Rows, ui.Row{URL: deliveryURL(d), Cells: []templ.Component{ui.TwoLines(kindWord(v, d.Event.Kind), faultWords(v, d.Error)),
			ui.Words(v.DateTime(minori.FromMicros(d.Event.At))), ui.Words(v.Int(int64(d.Attempts))), answerCell(v, d.Attempts, d.Code), deliveryState(v, d.State)}})
	}
	m.Table.Paging = r.Paging(number, deliveriesSize, len(list), total, endpointURL(e.ID), "state", m.State)
	return m, nil
}

func faultWords(v ui.View, text string) string {
	if text == "" {
		return ""
	}
	return faultWord(v, text)
}

// answerCell is the HTTP status of the last attempt.
func answerCell(v ui.View, attempts, code int) templ.Component {
	switch {
	case attempts == 0:
		return ui.NoValue(v, v.T("webhook.attempts-none"))
	case code == 0:
		return ui.Words(v.T("webhook.no-answer"))
	}
	return ui.Words(strconv.Itoa(code))
}

// ChangeWebhook saves an endpoint, or does something with it.
func (s Pages) ChangeWebhook(w http.ResponseWriter, r *site.Request) error {
	e, err := s.endpoint(r)
	if err != nil {
		return err
	}
	v, message, to := r.View, "", endpointURL(e.ID)
	switch r.PathValue("do") {
	case "save":
		return s.saveWebhook(w, r, e)
	case "test":
		message, err = v.T("webhook.tested"), s.Site.Webhooks.Try(r.Context(), r.Actor, e.ID)
	case "rotate":
		changed, secret, err := s.Site.Webhooks.Rotate(r.Context(), r.Actor, e.ID, 0)
		if err != nil {
			return s.webhookNotSaved(w, r, e, err)
		}
		return s.showSecret(w, r, changed, secret)
	case "replay":
		n := 0
		n, err = s.Site.Webhooks.ReplayDead(r.Context(), r.Actor, e.ID)
		message = v.T("webhook.replayed", "count", n)
	case "remove":
		message, to = v.T("webhook.removed"), webhooksURL
		err = s.Site.Webhooks.Remove(r.Context(), r.Actor, e.ID)
	default:
		return s.Nowhere(w, r)
	}
	if err != nil {
		return s.webhookNotSaved(w, r, e, err)
	}
	return s.Redirect(w, r, to, message)
}

func (s Pages) saveWebhook(w http.ResponseWriter, r *site.Request, e webhook.Endpoint) error {
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return site.Invalid(r.View.T("form.no-version"))
	}
	d, enabled := draft(r), r.PostForm.Get("enabled") != ""
	if _, err := s.Site.Webhooks.Change(r.Context(), r.Actor, e.ID, version, d, enabled); err != nil {
		e.Draft, e.Enabled = d, enabled // the present version, and what was entered
		return s.webhookNotSaved(w, r, e, err)
	}
	return s.Redirect(w, r, endpointURL(e.ID), r.View.T("form.saved"))
}

// deliveryModel is one delivery with its payload and attempts.
type deliveryModel struct {
	head
	Delivery webhook.Delivery
	Facts    []ui.Fact
	Payload  string
	Table    ui.TableProps
}

// delivery gives the delivery the address names.
func (s Pages) delivery(r *site.Request) (webhook.Delivery, []webhook.Attempt, error) {
	e, err := s.endpoint(r)
	if err != nil {
		return webhook.Delivery{}, nil, err
	}
	none := minori.Errorf(minori.NotFound, "%s", r.View.T("webhook.no-delivery"))
	id, err := strconv.ParseInt(r.PathValue("delivery"), 10, 64)
	if err != nil || id < 1 {
		return webhook.Delivery{}, nil, none
	}
	d, attempts, err := s.Site.Webhooks.Delivery(r.Context(), r.Actor, id)
	if minori.CodeOf(err) == minori.NotFound || err == nil && d.Endpoint != e.ID {
		return d, nil, none
	}
	return d, attempts, site.Refused(r, err)
}

// Delivery shows one delivery.
func (s Pages) Delivery(w http.ResponseWriter, r *site.Request) error {
	d, attempts, err := s.delivery(r)
	if err != nil {
		return err
	}
	m := deliveryPageModel(r, d, attempts)
	return s.show(w, r, http.StatusOK, m.head, deliveryPage(m))
}

func deliveryPageModel(r *site.Request, d webhook.Delivery, attempts []webhook.Attempt) deliveryModel {
	v := r.View
	m := deliveryModel{head: headOf(r, site.TabWebhooks, v.T("webhook.delivery", "id", d.ID)), Delivery: d, Payload: d.Event.Body}
	var pretty bytes.Buffer
	if json.Indent(&pretty, []byte(d.Event.Body), "", "  ") == nil {
		m.Payload = pretty.String()
	}
	m.Facts = []ui.Fact{
		{Label: v.T("webhook.state"), Value: deliveryState(v, d.State), Note: faultWords(v, d.Error)},
		{Label: v.T("webhook.event"), Value: ui.Words(kindWord(v, d.Event.Kind)), Note: v.DateTime(minori.FromMicros(d.Event.At))},
		{Label: v.T("webhook.id"), Value: site.CodeCell(d.Event.UID)},
	}
	if d.State == webhook.Pending {
		m.Facts = append(m.Facts, ui.Fact{Label: v.T("webhook.next"), Value: ui.Words(v.DateTime(minori.FromMicros(d.Next)))})
	}
	m.Table = ui.TableProps{Caption: v.T("webhook.attempts"), Columns: []ui.Column{
		{Label: v.T("webhook.attempts"), Numeric: true, Tight: true}, {Label: v.T("webhook.at"), Tight: true}, {Label: v.T("webhook.answer"), Numeric: true},
		{Label: v.T("webhook.took"), Numeric: true}, {Label: v.T("webhook.result")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconClock, Title: v.T("webhook.attempts-none")}}
	for i := range attempts {
		a := &attempts[i]
		result := v.T("webhook.delivered")
		if a.Error != "" {
			result = faultWord(v, a.Error)
		}
		m.Table.Rows = append(m.Table.Rows, ui.Row{Cells: []templ.Component{ui.Words(v.Int(int64(a.Number))), ui.Words(v.DateTime(minori.FromMicros(a.At))),
			answerCell(v, a.Number, a.Code), ui.Words(v.T("webhook.millis", "count", a.Millis)), ui.Words(result)}})
	}
	return m
}

// ReplayDelivery sends a delivery again.
func (s Pages) ReplayDelivery(w http.ResponseWriter, r *site.Request) error {
	d, attempts, err := s.delivery(r)
	if err != nil {
		return err
	}
	err = s.Site.Webhooks.Replay(r.Context(), r.Actor, d.ID)
	if err == nil {
		return s.Redirect(w, r, deliveryURL(&d), r.View.T("webhook.replayed", "count", 1))
	}
	code := minori.CodeOf(err)
	if code != minori.Conflict {
		return site.Refused(r, err)
	}
	m := deliveryPageModel(r, d, attempts)
	m.Notice = &ui.NoticeProps{Tone: ui.Bad, Title: r.View.T("form.not-saved"), Text: webhookMessage(r, err)}
	return s.show(w, r, site.StatusOf(code), m.head, deliveryPage(m))
}
