package ui

// Live is what the frame shows of the present and keeps up to date.
type Live struct {
	URL        string // the stream of what changes; "" for none
	Refresh    string // names of changes after which the page is read again, apart by blanks
	WorkURL    string // of the line on work under way; "" for none
	Work       []WorkProps
	NoticesURL string // "" shows no bell
	BellURL    string // of the bell alone
	Unread     int
}

// unread writes the number on the bell: all of them, as its name says, and no
// more than are kept.
func (l Live) unread(v View) string { return v.Int(int64(l.Unread)) }

// WorkProps is something long under way.
type WorkProps struct {
	Words string  // what is done
	Share float64 // done, 0–1; Unknown() when it is not known
}

// share writes how much is done.
func (p WorkProps) share(v View) string {
	if !known(p.Share) {
		return ""
	}
	return v.Percent(p.Share, 0)
}
