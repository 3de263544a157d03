package site

import (
	"strings"

	"github.com/minori-hq/minori/web/ui"
)

// Addresses that the frame of every page asks.
const (
	LiveURL    = "/live"
	WorkURL    = "/live/work"
	NoticesURL = "/notifications"
	BellURL    = "/notifications/bell"
)

// live gives what the frame keeps up to date. That notices cannot be counted
// is no reason to show no page.
func (s *Site) live(r *Request) ui.Live {
	l := ui.Live{URL: LiveURL, WorkURL: WorkURL, Work: s.WorkProps(r.View), NoticesURL: NoticesURL, BellURL: BellURL}
	if !r.Actor.MayRead() {
		return l
	}
	n, err := s.Notices.Unread(r.Context(), r.Actor)
	if err != nil && r.Context().Err() == nil {
		s.Log.WarnContext(r.Context(), "notifications could not be counted", "error", err)
	}
	l.Unread = n
	return l
}

// refresh names the changes after which a page of a place is read again.
func refresh(r *Request, f Frame) string {
	if r.AsOf.Set {
		return "" // the past stays as it is
	}
	if f.Refresh != "" {
		return f.Refresh
	}
	switch f.Place {
	case ui.PlaceHome, ui.PlaceAccounts, ui.PlaceCockpit:
		return "calls scores"
	case ui.PlaceScorecards:
		return "scores"
	case ui.PlaceRules:
		return "calls"
	}
	return ""
}

// WorkProps gives the work under way in the reader's words.
func (s *Site) WorkProps(v ui.View) []ui.WorkProps {
	list := s.Live.Work()
	out := make([]ui.WorkProps, len(list))
	for i, w := range list {
		out[i] = ui.WorkProps{Words: workWords(v, w.Label), Share: ui.Unknown()}
		if w.Total > 0 {
			out[i].Share = min(float64(w.Done)/float64(w.Total), 1)
		}
	}
	return out
}

// workWords says what is done; work that is not known by its label reads files.
func workWords(v ui.View, label string) string {
	switch first, _, _ := strings.Cut(label, " "); first {
	case "evaluating":
		return v.T("live.evaluating")
	case "previewing":
		return v.T("live.previewing")
	case "rebuilding":
		return v.T("live.rebuilding")
	}
	return v.T("live.importing", "what", Clip(label, 40))
}
