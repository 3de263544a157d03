package settings

import (
	"net/http"

	"github.com/a-h/templ"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/auth"
	"github.com/minori-hq/minori/web/site"
	"github.com/minori-hq/minori/web/ui"
)

// auditSize is how many lines a page of the audit log has.
const auditSize = 50

// auditModel is a page of the audit log.
type auditModel struct {
	head
	Filter auth.AuditFilter
	Chain  ui.NoticeProps
	Table  ui.TableProps
}

// Audit shows the audit log, newest first, and whether it is as it was written.
func (s Pages) Audit(w http.ResponseWriter, r *site.Request) error {
	if err := admin(r); err != nil {
		return err
	}
	page, number, err := r.Page(auditSize)
	if err != nil {
		return err
	}
	v, q := r.View, r.URL.Query()
	m := auditModel{head: headOf(r, site.TabAudit, v.T("settings.audit"))}
	m.Filter = auth.AuditFilter{Actor: site.Clip(q.Get("actor"), 254), Action: site.Clip(q.Get("action"), 100)}
	lines, total, err := s.Users.AuditLines(r.Context(), r.Actor, m.Filter, page)
	if err != nil {
		return site.Refused(r, err)
	}
	report, err := s.Users.VerifyAudit(r.Context(), r.Actor, auth.PageChecked)
	if err != nil {
		return err
	}
	m.Chain = chainNotice(v, report)
	m.Table = ui.TableProps{Caption: m.Title, Columns: []ui.Column{
		{Label: v.T("audit.line"), Numeric: true, Tight: true}, {Label: v.T("audit.at"), Tight: true}, {Label: v.T("audit.actor")},
		{Label: v.T("audit.action"), Tight: true}, {Label: v.T("audit.object"), Tight: true}, {Label: v.T("audit.detail")}, {Label: v.T("audit.state")},
	}, Empty: &ui.EmptyProps{Icon: ui.IconHistory, Title: v.T("audit.none"), Text: v.T("audit.none-text")}}
	for i := range lines {
		m.Table.Rows = append(m.Table.Rows, lineRow(v, &lines[i]))
	}
	m.Table.Paging = r.Paging(number, auditSize, len(lines), total, "/settings/audit", "actor", m.Filter.Actor, "action", m.Filter.Action)
	return s.show(w, r, http.StatusOK, m.head, auditPage(m))
}

func lineRow(v ui.View, l *auth.Line) ui.Row {
	return ui.Row{Cells: []templ.Component{ui.Words(v.Int(l.ID)), ui.Words(v.DateTime(minori.FromMicros(l.At))), ui.Words(l.Actor), site.CodeCell(l.Action),
		ui.Words(l.Object), ui.Words(site.Clip(l.Detail, 300)), lineState(v, l.State)}}
}

func lineState(v ui.View, s auth.LineState) templ.Component {
	switch s {
	case auth.LineAltered:
		return ui.Status(v.T("audit.altered"), ui.Bad)
	case auth.LineMissing:
		return ui.Status(v.T("audit.missing"), ui.Bad)
	}
	return ui.Status(v.T("audit.intact"), ui.Good)
}

// chainNotice says whether the log is as it was written.
func chainNotice(v ui.View, r auth.ChainReport) ui.NoticeProps {
	if r.Intact {
		p := ui.NoticeProps{Tone: ui.Good, Title: v.T("audit.chain-intact", "count", r.Checked)}
		if r.Checked < r.Lines {
			p.Text = v.T("audit.chain-part")
		}
		return p
	}
	p := ui.NoticeProps{Tone: ui.Bad, Title: v.T("audit.chain-cut"), Text: v.T("audit.chain-todo")}
	if len(r.Faults) > 0 {
		p.Title = v.T("audit.chain-broken", "count", len(r.Faults), "line", r.Faults[0].ID)
	}
	return p
}
