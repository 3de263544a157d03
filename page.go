package minori

// MaxPage is the most rows any list gives at once.
const MaxPage = 500

// Page asks for a part of a list.
type Page struct {
	Limit  int    // 1–MaxPage; 0 means 50
	Offset int    // rows to skip, for lists that can be jumped in
	After  string // cursor given by the previous page, for lists that only go forward
}

// Size gives the bounded number of rows to read.
func (p Page) Size() int {
	switch {
	case p.Limit <= 0:
		return 50
	case p.Limit > MaxPage:
		return MaxPage
	}
	return p.Limit
}
