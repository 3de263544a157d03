package minori

import "time"

// Workspace is the settings of the installation, made by init. Currency and
// time zone are fixed afterwards: days and amounts were cut by them.
type Workspace struct {
	Currency        string // ISO 4217
	TimeZone        string // IANA name
	Lang            Lang   // default language
	FiscalYearStart int    // month 1–12
	FiscalYearNamed string // "start" (FY2026 starts 2026-04, as in Japan) or "end"
	Country         string // ISO 3166 alpha-2, for public holidays; "" for none
}

// Validate checks the settings.
func (w Workspace) Validate() error {
	switch {
	case !ValidCurrency(w.Currency):
		return Errorf(Invalid, "%q is not a currency; write an ISO 4217 code such as USD or JPY", w.Currency)
	case w.TimeZone == "" || w.TimeZone == "Local":
		return Errorf(Invalid, "the workspace needs a time zone such as UTC or Asia/Tokyo")
	case !w.Lang.Valid():
		return Errorf(Invalid, "%q is not a language of Minori; write en or ja", w.Lang)
	case w.FiscalYearStart < 1 || w.FiscalYearStart > 12:
		return Errorf(Invalid, "the fiscal year starts in a month from 1 to 12, not %d", w.FiscalYearStart)
	case w.FiscalYearNamed != "start" && w.FiscalYearNamed != "end":
		return Errorf(Invalid, "a fiscal year is named by its start or its end, not %q", w.FiscalYearNamed)
	case w.Country != "" && len(w.Country) != 2:
		return Errorf(Invalid, "%q is not a country; write an ISO 3166 code such as JP", w.Country)
	}
	if _, err := time.LoadLocation(w.TimeZone); err != nil {
		return Errorf(Invalid, "%q is not a time zone; write a name such as Europe/Berlin or Asia/Tokyo", w.TimeZone)
	}
	return nil
}
