package ui

import (
	"net/url"
	"sort"
	"strings"

	"github.com/minori-hq/minori"
)

// Theme is the reader's choice of light or dark.
type Theme string

// The themes.
const (
	ThemeSystem Theme = "system"
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// PlaceID names a place of the product.
type PlaceID string

// The places, in the order of the rail.
const (
	PlaceHome       PlaceID = "home"
	PlaceAccounts   PlaceID = "accounts"
	PlaceCockpit    PlaceID = "cockpit"
	PlaceScorecards PlaceID = "scorecards"
	PlaceRules      PlaceID = "rules"
	PlaceRetention  PlaceID = "retention"
	PlacePeople     PlaceID = "people"
	PlaceDashboards PlaceID = "dashboards"
	PlaceWorkspace  PlaceID = "workspace"
	PlaceData       PlaceID = "data"
	PlaceDemo       PlaceID = "demo" // of a demo only
)

// Place is one entry of the rail and of the bottom bar.
type Place struct {
	Label   string
	URL     string
	Icon    IconName
	Current bool
	Count   int // shown beside the word when above 0
}

// Place gives the entry of a known place, in the reader's words.
func (v View) Place(id PlaceID, url string) Place {
	p := Place{URL: url}
	switch id {
	case PlaceHome:
		p.Label, p.Icon = v.T("place.home"), IconHome
	case PlaceAccounts:
		p.Label, p.Icon = v.T("place.accounts"), IconAccounts
	case PlaceCockpit:
		p.Label, p.Icon = v.T("place.cockpit"), IconCockpit
	case PlaceScorecards:
		p.Label, p.Icon = v.T("place.scorecards"), IconScorecards
	case PlaceRules:
		p.Label, p.Icon = v.T("place.rules"), IconRules
	case PlaceRetention:
		p.Label, p.Icon = v.T("place.retention"), IconRetention
	case PlacePeople:
		p.Label, p.Icon = v.T("place.people"), IconPeople
	case PlaceDashboards:
		p.Label, p.Icon = v.T("place.dashboards"), IconDashboards
	case PlaceWorkspace:
		p.Label, p.Icon = v.T("place.workspace"), IconWorkspace
	case PlaceData:
		p.Label, p.Icon = v.T("place.data"), IconData
	case PlaceDemo:
		p.Label, p.Icon = v.T("place.demo"), IconActivity
	}
	return p
}

// AsOf is the control that moves a page to a past day.
type AsOf struct {
	Show   bool       // the page can be read as of a past day
	Set    bool       // it is
	Day    minori.Day // the day it is read as of, when set
	Oldest minori.Day // the earliest day there is data for, 0 if not known
	Path   string     // where the form goes
	Keep   url.Values // the page's other parameters
}

// NowURL gives the address of the same page as of now.
func (a AsOf) NowURL() string {
	keep := url.Values{}
	for k, vs := range a.Keep {
		if k != "as_of" {
			keep[k] = vs
		}
	}
	if len(keep) == 0 {
		return a.Path
	}
	return a.Path + "?" + keep.Encode()
}

// User is who is signed in.
type User struct {
	Name        string
	Note        string // role or address, below the name
	SignOutURL  string // POST
	SettingsURL string
}

// LayoutProps describes the frame around a page.
type LayoutProps struct {
	Title          string // of the page; stands in the tab and, without crumbs, in the top bar
	Places         []Place
	Crumbs         []Link // where depth is over two; the last one is the page
	SearchURL      string // GET q=; "" shows no search box
	SearchQuery    string
	PaletteURL     string // GET q=, here=: options of the search dialog; "" has none
	AsOf           AsOf
	PreferencesURL string // POST lang=, theme=, rail= and return=
	ReturnURL      string // address of this page, for return=
	Theme          Theme
	Density        string // comfortable or compact; "" is comfortable
	RailCollapsed  bool
	User           User // empty when nobody is signed in
	Live           Live
	Flash          *FlashProps
	Charts         bool // the page has charts
}

// bottomPlaces splits the places for a phone: at most five fit, the last of
// which is "more".
func (p LayoutProps) bottomPlaces() (shown, more []Place) {
	const fit = 4 // and the entry that opens the rest
	if len(p.Places) <= fit {
		return p.Places, nil
	}
	shown = append(shown, p.Places[:fit]...)
	more = append(more, p.Places[fit:]...)
	for i, place := range more {
		if place.Current {
			shown[fit-1], more[i] = more[i], shown[fit-1]
		}
	}
	return shown, more
}

// theme gives the chosen theme, the system's by default.
func (p LayoutProps) theme() Theme {
	if p.Theme == "" {
		return ThemeSystem
	}
	return p.Theme
}

// rail gives the state of the rail.
func (p LayoutProps) rail() string {
	if p.RailCollapsed {
		return "collapsed"
	}
	return "open"
}

// otherRail gives the state the rail's button leads to.
func (p LayoutProps) otherRail() string {
	if p.RailCollapsed {
		return "open"
	}
	return "collapsed"
}

// pair is a name and a value of a hidden field.
type pair struct{ name, value string }

// hidden gives parameters as hidden fields in a fixed order, without the named ones.
func hidden(values url.Values, without ...string) []pair {
	var out []pair
	for name, vs := range values {
		if strings.Contains(","+strings.Join(without, ",")+",", ","+name+",") {
			continue
		}
		for _, v := range vs {
			out = append(out, pair{name, v})
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].name != out[j].name {
			return out[i].name < out[j].name
		}
		return out[i].value < out[j].value
	})
	return out
}

// otherLang gives the language a switch leads to, and its own name for itself.
func otherLang(l minori.Lang) (lang minori.Lang, name string) {
	if l == minori.JA {
		return minori.EN, "English"
	}
	return minori.JA, "日本語"
}

// initials gives what stands in the circle for a person: family name's first
// character in Japanese, first letters otherwise.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if first[0] > 0x2e80 || len(words) == 1 {
		return string(first)
	}
	return strings.ToUpper(string(first) + string([]rune(words[len(words)-1])[:1]))
}
