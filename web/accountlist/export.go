package accountlist

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	minori "github.com/minori-hq/minori"
	"github.com/minori-hq/minori/metric"
	"github.com/minori-hq/minori/web/site"
)

// Bounds of a file made of the list.
const (
	maxExport   = 100_000
	exportChunk = 500   // rows completed at once
	maxSheet    = 32767 // letters of a cell that Excel takes
)

// value is one cell of a file.
type value struct {
	text   string
	number float64
	kind   kind // kindText unless it is a number
	given  bool
}

// table is a file under way.
type table interface {
	head(titles []string) error
	row(cells []value) error
	// end completes the file and puts it where it is read from its beginning.
	end(f *os.File) error
}

// Export gives the accounts that meet the conditions as a file: all of them,
// or those a form chose.
func (s Pages) Export(w http.ResponseWriter, r *site.Request) error {
	q, ids := r.URL.Query(), []minori.ID(nil)
	if r.Method == http.MethodPost {
		q = r.PostForm
		var err error
		if ids, err = picked(r); err != nil {
			return err
		}
	}
	format := q.Get("format")
	if format != "csv" && format != "xlsx" {
		return site.Invalid(r.View.T("list.no-format", "name", site.Clip(format, 40)))
	}
	l, err := s.exported(r, q)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "minori-export-*")
	if err != nil {
		return fmt.Errorf("making room for the file: %w", err)
	}
	defer func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }() // what stays is the system's to sweep
	n, err := s.write(r, l, ids, format, f)
	if err != nil {
		return err
	}
	if err := s.Edits.Exported(r.Context(), r.Actor, n, format, site.Clip(l.address(), 500)); err != nil {
		return site.Refused(r, err)
	}
	return send(w, r, f, format)
}

// exported reads what the file shows.
func (s Pages) exported(r *site.Request, q url.Values) (*list, error) {
	l := &list{cat: columnsOf(r)}
	from, err := s.viewIn(r, q)
	if err != nil {
		return nil, err
	}
	if l.ask, err = s.readAsk(r, l.cat, q, from); err != nil {
		return nil, err
	}
	for _, c := range l.cat.choose(l.ask.columns) {
		if l.cat.by[c.Name].kind != kindWeeks { // a picture
			l.columns = append(l.columns, c)
		}
	}
	if l.cat.card == nil || !l.shows(colChange) {
		return l, nil
	}
	// A change needs to know of when the list is.
	l.computed, err = s.computed(r, site.ListPage{})
	return l, err
}

// write fills the file and gives the number of rows.
func (s Pages) write(r *site.Request, l *list, ids []minori.ID, format string, f *os.File) (n int, err error) {
	t, err := newTable(f, format, r.View.T("place.accounts"))
	if err != nil {
		return 0, err
	}
	titles := []string{r.View.T("account.id")}
	for _, c := range l.columns {
		titles = append(titles, l.cat.by[c.Name].title(r.Words()))
	}
	if err := t.head(titles); err != nil {
		return 0, err
	}
	q := l.query()
	q.IDs, q.Columns = ids, l.cells()
	chunk := make([]row, 0, exportChunk)
	flush := func() error {
		if err := s.complete(r, l, chunk); err != nil {
			return err
		}
		for i := range chunk {
			if err := t.row(l.values(r.Words(), &chunk[i])); err != nil {
				return err
			}
		}
		n += len(chunk)
		chunk = chunk[:0]
		return nil
	}
	err = s.Rows.EachRow(r.Context(), r.Actor, q, maxExport, func(in site.ListRow) error {
		if chunk = append(chunk, newRow(in, q.Columns)); len(chunk) == exportChunk {
			return flush()
		}
		return nil
	})
	return n, errors.Join(err, flush(), t.end(f))
}

// title heads a column of a file: with its unit, since the cells are bare numbers.
func (c *column) title(v site.Wording) string {
	switch unit := c.unit(v); {
	case c.kind == kindRenewal:
		return v.T("account.renewal-days")
	case c.kind == kindMoney:
		return v.T("list.title-unit", "title", c.label(v.View), "unit", unit)
	}
	return c.label(v.View)
}

// values gives the cells of a row.
func (l *list) values(v site.Wording, a *row) []value {
	out := []value{{text: a.key, given: true}}
	for _, one := range l.columns {
		c := l.cat.by[one.Name]
		if c.kind == kindChange {
			d, ok := a.delta(changeWeeks)
			out = append(out, value{number: d, kind: kindNumber, given: ok})
			continue
		}
		x := a.cells[c.Name]
		val := value{kind: c.kind, given: x.Reason == metric.Known && (x.Type != 0)}
		switch {
		case c.Name == colName:
			val = value{text: a.name, given: true}
		case c.kind == kindOwner && a.owner != "":
			val = value{text: a.owner, given: true}
		case c.kind == kindDate:
			day, ok := dayOf(x)
			val.number, val.given = float64(day), val.given && ok
		case x.Type == metric.Text || c.kind == kindYesNo || c.kind == kindSegment:
			val.kind, val.text = kindText, c.value(v, x, l.computed)
		default:
			val.number = x.Num
		}
		out = append(out, val)
	}
	return out
}

// send gives the file to the reader.
func send(w http.ResponseWriter, r *site.Request, f *os.File, format string) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	types := map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
	h := w.Header()
	h.Set("Content-Type", types[format])
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="accounts-%s.%s"`, r.View.Today, format))
	h.Set("Content-Length", fmt.Sprint(size))
	h.Set("Cache-Control", "no-store")
	_, _ = io.Copy(w, f) // the reader went away
	return nil
}

func newTable(f *os.File, format, name string) (table, error) {
	if format == "csv" {
		// With the mark, Excel reads Japanese as UTF-8.
		if _, err := f.WriteString("\uFEFF"); err != nil {
			return nil, fmt.Errorf("writing the file: %w", err)
		}
		return &csvTable{csv.NewWriter(f), nil}, nil
	}
	return newSheet(name)
}

// csvTable is a file of comma-separated values.
type csvTable struct {
	w    *csv.Writer
	line []string
}

func (t *csvTable) head(titles []string) error {
	t.w.UseCRLF = true
	line := make([]string, len(titles))
	for i, s := range titles {
		line[i] = defused(s)
	}
	return t.w.Write(line)
}

func (t *csvTable) row(cells []value) error {
	t.line = t.line[:0]
	for _, c := range cells {
		switch {
		case !c.given:
			t.line = append(t.line, "")
		case c.kind == kindText || c.kind == kindOwner:
			t.line = append(t.line, defused(c.text))
		case c.kind == kindDate:
			t.line = append(t.line, minori.Day(c.number).String())
		default:
			t.line = append(t.line, plain(c.number))
		}
	}
	return t.w.Write(t.line)
}

func (t *csvTable) end(*os.File) error {
	t.w.Flush()
	return t.w.Error()
}

// defused keeps a text from being taken for a formula.
func defused(s string) string {
	trimmed := strings.TrimLeft(s, " \u3000")
	if trimmed != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(trimmed)[0]) || strings.HasPrefix(s, "\t") {
		return "'" + s
	}
	return s
}

// plain writes a number for a machine, without more decimals than it has.
func plain(x float64) string {
	s := fmt.Sprintf("%.6f", x)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// sheet is a workbook with one sheet.
type sheet struct {
	book  *excelize.File
	w     *excelize.StreamWriter
	date  int // styles
	money int
	at    int // rows written
	cells []any
}

func newSheet(name string) (*sheet, error) {
	book := excelize.NewFile()
	name = site.Clip(name, 25)
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return nil, fmt.Errorf("naming the sheet: %w", err)
	}
	t := &sheet{book: book}
	format, errs := "yyyy-mm-dd", make([]error, 4)
	t.date, errs[0] = book.NewStyle(&excelize.Style{CustomNumFmt: &format})
	t.money, errs[1] = book.NewStyle(&excelize.Style{NumFmt: 3})
	t.w, errs[2] = book.NewStreamWriter(name)
	if errs[2] == nil {
		errs[3] = errors.Join(t.w.SetColWidth(1, 1, 14), t.w.SetColWidth(2, 2, 32),
			t.w.SetPanes(&excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("making the workbook: %w", err)
	}
	return t, nil
}

func (t *sheet) head(titles []string) error {
	bold, err := t.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	t.cells = t.cells[:0]
	for _, s := range titles {
		t.cells = append(t.cells, excelize.Cell{StyleID: bold, Value: s})
	}
	return t.write()
}

func (t *sheet) row(cells []value) error {
	t.cells = t.cells[:0]
	for _, c := range cells {
		switch {
		case !c.given:
			t.cells = append(t.cells, nil)
		case c.kind == kindText || c.kind == kindOwner:
			t.cells = append(t.cells, fit(c.text))
		case c.kind == kindDate:
			// Excel counts days since 1899-12-30.
			t.cells = append(t.cells, excelize.Cell{StyleID: t.date, Value: c.number + 25569})
		case c.kind == kindMoney:
			t.cells = append(t.cells, excelize.Cell{StyleID: t.money, Value: c.number})
		default:
			t.cells = append(t.cells, c.number)
		}
	}
	return t.write()
}

func (t *sheet) write() error {
	t.at++
	cell, err := excelize.CoordinatesToCellName(1, t.at)
	if err != nil {
		return err
	}
	return t.w.SetRow(cell, t.cells)
}

// fit cuts a text that a cell of Excel does not take.
func fit(s string) string {
	if utf8.RuneCountInString(s) <= maxSheet {
		return s
	}
	return string([]rune(s)[:maxSheet])
}

func (t *sheet) end(f *os.File) error {
	if err := t.w.Flush(); err != nil {
		return errors.Join(err, t.book.Close())
	}
	return errors.Join(t.book.Write(f), t.book.Close())
}

// exportURL gives the address of the list as a file.
func (a *ask) exportURL(format string) string {
	q := a.params()
	q.Set("format", format)
	return "/lists/accounts/export?" + q.Encode()
}
