package program

import (
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/scorecard"
)

// Columns of the accounts' projection that tell of hidden risk, beside
// ListColumns.
const (
	TalkedColumn   = "hidden:talked"   // days since the last deep conversation, unknown without one
	ContactsColumn = "hidden:contacts" // contacts on record
	SponsorsColumn = "hidden:sponsors" // of these, sponsors
	StaleColumn    = "hidden:stale"    // measures of the main scorecard that rest on stale data
)

// QuietDays is after how many days without a deep conversation an account
// counts as quiet, unless somebody asks for another number.
const QuietDays = 60

// DeepTypes gives the types of interaction that count as a deep conversation.
func DeepTypes() []string { return []string{"call", "meeting", "review"} }

// Relation is what is on record of our ties to an account.
type Relation struct {
	Talked   int64 // last deep conversation, microseconds since 1970 UTC; 0: none
	Contacts int
	Sponsors int
}

// Sign is a sign that a good score does not tell all.
type Sign string

// The signs.
const (
	SignQuiet    Sign = "quiet"     // no deep conversation for some time, or never
	SignOnlyOne  Sign = "only_one"  // one contact on record, or none
	SignSponsor  Sign = "sponsor"   // nobody is known as sponsor
	SignOutdated Sign = "out_dated" // inputs of the score are stale
)

// Hidden is what hidden risk is told from.
type Hidden struct {
	Band     scorecard.Band
	Talked   *int // days since the last deep conversation; nil: there was none
	Contacts int
	Sponsors int
	Stale    int // measures of the score that rest on stale data
}

// Signs gives the signs of hidden risk: those of an account that is green by
// score. Quiet is after how many days it counts as quiet.
func (h Hidden) Signs(quiet int) []Sign {
	if h.Band != scorecard.Green {
		return nil
	}
	var out []Sign
	if h.Talked == nil || *h.Talked >= quiet {
		out = append(out, SignQuiet)
	}
	if h.Contacts <= 1 {
		out = append(out, SignOnlyOne)
	}
	if h.Sponsors == 0 {
		out = append(out, SignSponsor)
	}
	if h.Stale > 0 {
		out = append(out, SignOutdated)
	}
	return out
}

// HiddenOf reads what hidden risk is told from out of a row of the projection;
// cells has TalkedColumn, ContactsColumn, SponsorsColumn and StaleColumn in
// this order. It reports false for a row that was computed without them.
func HiddenOf(band string, cells []metric.Value) (Hidden, bool) {
	h := Hidden{Band: scorecard.Band(band)}
	if len(cells) != 4 || cells[1].Reason != metric.Known || cells[2].Reason != metric.Known || cells[3].Reason != metric.Known {
		return h, false
	}
	if cells[0].Reason == metric.Known {
		days := int(cells[0].Num)
		h.Talked = &days
	}
	h.Contacts, h.Sponsors, h.Stale = int(cells[1].Num), int(cells[2].Num), int(cells[3].Num)
	return h, true
}

// HiddenColumns gives the columns that HiddenOf reads, in its order.
func HiddenColumns() []string {
	return []string{TalkedColumn, ContactsColumn, SponsorsColumn, StaleColumn}
}
