package rowio

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Limits of an Excel workbook. It is a zip file that is held in memory as it is; its sheets and texts are unpacked to
// temporary files when large, everything else to memory.
const (
	MaxWorkbook         = 256 << 20 // the file
	MaxWorkbookUnpacked = 4 << 30   // all of it, unpacked
	maxWorkbookInner    = 64 << 20  // styles, pictures and the like, unpacked
	maxSheetInMemory    = 16 << 20  // a larger sheet is unpacked to a temporary file
)

// Marks before the serial number of a cell whose format shows a date, or a time of day only.
const (
	markDate = "\x02"
	markTime = "\x03"
)

// noFormat is the number of a format that no workbook has: the library then leaves a cell's text as it is, where the
// general format would round it.
const noFormat = 1 << 30

// excelReader streams the rows of a sheet. The library formats cells as the workbook says, without telling their type;
// so before reading, the workbook's formats are replaced: dates by a mark and the serial number, all others by none.
type excelReader struct {
	path     string
	size     int64
	file     *excelize.File
	sheet    string
	rows     *excelize.Rows
	date1904 bool
	columns  []string
	first    []string // the first record when it is data
	line     int
	last     int // row by the sheet's own account, 0 if unknown
	done     bool
	nulls    nulls
	max      int
	row      Row
}

func openExcel(path string, size int64, opt Options) (Reader, error) {
	if err := checkWorkbook(path, size); err != nil {
		return nil, err
	}
	f, err := excelize.OpenFile(path, excelize.Options{UnzipSizeLimit: MaxWorkbookUnpacked,
		UnzipXMLSizeLimit: maxSheetInMemory})
	if err != nil {
		return nil, &FileError{File: path, Reason: "this cannot be read as an Excel workbook", Err: err}
	}
	r := &excelReader{path: path, size: size, file: f, nulls: newNulls(opt.Null), max: opt.MaxField}
	if err := r.start(opt); err != nil {
		_ = r.Close()
		return nil, err
	}
	return r, nil
}

// checkWorkbook looks at the outside of the file before anything is unpacked.
func checkWorkbook(path string, size int64) error {
	if size > MaxWorkbook {
		return &FileError{File: path, Reason: fmt.Sprintf("the workbook has %d bytes, at most %d are read; save the "+
			"sheet as CSV", size, int64(MaxWorkbook))}
	}
	f, err := os.Open(path)
	if err != nil {
		return &FileError{File: path, Reason: "the file cannot be opened", Err: err}
	}
	defer f.Close()
	magic := make([]byte, 4)
	if _, err := f.ReadAt(magic, 0); err == nil && bytes.Equal(magic, []byte("\xd0\xcf\x11\xe0")) {
		return &FileError{File: path, Reason: "this is an old .xls workbook or one with a password; save it as .xlsx " +
			"without a password"}
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return &FileError{File: path, Reason: "this is not an Excel workbook (.xlsx)", Err: err}
	}
	var inner uint64
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if !strings.HasPrefix(name, "xl/worksheets/sheet") && name != "xl/sharedstrings.xml" {
			inner += min(part.UncompressedSize64, MaxWorkbookUnpacked)
		}
	}
	if inner > maxWorkbookInner {
		return &FileError{File: path, Reason: fmt.Sprintf("the workbook unpacks to more than %d MiB beside its sheets "+
			"(pictures?); save the sheet as CSV", maxWorkbookInner>>20)}
	}
	return nil
}

// start finds the sheet and reads its header.
func (r *excelReader) start(opt Options) error {
	sheets := r.file.GetSheetList()
	r.sheet = opt.Sheet
	if r.sheet == "" && len(sheets) > 0 {
		r.sheet = sheets[0]
	}
	if !slices.Contains(sheets, r.sheet) {
		return &FileError{File: r.path, Reason: fmt.Sprintf("there is no sheet %q; the workbook has %q", r.sheet, sheets)}
	}
	if props, err := r.file.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		r.date1904 = *props.Date1904
	}
	if dim, err := r.file.GetSheetDimension(r.sheet); err == nil {
		_, end, _ := strings.Cut(dim, ":")
		_, r.last, _ = excelize.CellNameToCoordinates(end)
	}
	if err := r.markDates(); err != nil {
		return &FileError{File: r.path, Reason: "the workbook's formats cannot be read", Err: err}
	}
	rows, err := r.file.Rows(r.sheet)
	if err != nil {
		return &FileError{File: r.path, Reason: "the sheet cannot be read", Err: err}
	}
	r.rows = rows
	return r.header(opt.NoHeader)
}

func (r *excelReader) header(none bool) error {
	cells, err := r.cells()
	if err == io.EOF && none {
		return nil
	}
	if err == io.EOF {
		return &FileError{File: r.path, Reason: fmt.Sprintf("sheet %q is empty; its first row should name the columns",
			r.sheet)}
	}
	if err != nil {
		return err
	}
	if none {
		r.first, r.columns = cells, defaultColumns(len(cells))
	} else {
		for _, cell := range cells {
			r.columns = append(r.columns, strings.TrimSpace(strings.TrimLeft(cell, markDate+markTime)))
		}
	}
	r.row = Row{Columns: r.columns, Values: make([]Value, len(r.columns))}
	return checkColumns(r.path, r.line, r.columns)
}

// markDates replaces the formats of cells.
func (r *excelReader) markDates() error {
	codes := map[int]string{}
	if r.file.Styles.NumFmts != nil {
		for _, f := range r.file.Styles.NumFmts.NumFmt {
			codes[f.NumFmtID] = f.FormatCode
		}
	}
	if r.file.Styles.CellXfs == nil {
		return nil
	}
	styles := len(r.file.Styles.CellXfs.Xf)
	var marks [2]*int
	for i, mark := range []string{markDate, markTime} {
		code := fmt.Sprintf("\"%s\"0.0000000000;\"%s\"-0.0000000000", mark, mark)
		id, err := r.file.NewStyle(&excelize.Style{CustomNumFmt: &code})
		if err != nil {
			return err
		}
		marks[i] = r.file.Styles.CellXfs.Xf[id].NumFmtID
	}
	none := noFormat
	for i := range r.file.Styles.CellXfs.Xf[:styles] {
		xf := &r.file.Styles.CellXfs.Xf[i]
		var date, clock bool
		if xf.NumFmtID != nil {
			date, clock = dateFormat(*xf.NumFmtID, codes[*xf.NumFmtID])
		}
		switch {
		case date:
			xf.NumFmtID = marks[0]
		case clock:
			xf.NumFmtID = marks[1]
		default:
			xf.NumFmtID = &none
		}
	}
	return nil
}

// dateFormat tells whether a number format shows a date, or a time of day only. Durations such as [h]:mm are numbers.
func dateFormat(id int, code string) (date, clock bool) {
	if code == "" {
		// The formats every program has; 27 to 36 and 50 to 58 are the dates of East Asian ones.
		date = id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 31 || id == 36 || id >= 50 && id <= 58
		clock = id >= 18 && id <= 21 || id >= 32 && id <= 35 || id == 45 || id == 47
		return date, clock
	}
	letters := formatLetters(code)
	if strings.Contains(letters, "#") {
		return false, false
	}
	date = strings.ContainsAny(letters, "yde")
	if !date && strings.Contains(letters, "m") && !strings.ContainsAny(letters, "hs") {
		date = true
	}
	return date, !date && strings.ContainsAny(letters, "hs")
}

// formatLetters are the letters of a format's first section that mean something: without texts in quotes, escaped
// characters and what is in brackets. It is empty for durations and the general format.
func formatLetters(code string) string {
	var b strings.Builder
	for i := 0; i < len(code); i++ {
		switch c := code[i]; c {
		case '"':
			n := strings.IndexByte(code[i+1:], '"')
			if n < 0 {
				return strings.ToLower(b.String())
			}
			i += n + 1
		case '\\', '_', '*':
			i++
		case '[':
			n := strings.IndexByte(code[i:], ']')
			if n < 0 {
				return ""
			}
			if in := strings.ToLower(code[i+1 : i+n]); strings.Trim(in, "hms") == "" {
				return ""
			}
			i += n
		case ';':
			return strings.ToLower(b.String())
		default:
			b.WriteByte(c)
		}
	}
	letters := strings.ToLower(b.String())
	if strings.Contains(letters, "general") || strings.Contains(letters, "0e") {
		return ""
	}
	return strings.ReplaceAll(strings.ReplaceAll(letters, "am/pm", "h"), "a/p", "h")
}

// cells returns the next row that has any, without empty ones at its end.
func (r *excelReader) cells() ([]string, error) {
	for r.rows.Next() {
		r.line++
		cells, err := r.rows.Columns()
		if err != nil {
			return nil, &FileError{File: r.path, Line: r.line, Reason: "the sheet cannot be read further", Err: err}
		}
		for len(cells) > 0 && cells[len(cells)-1] == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) > 0 {
			return cells, nil
		}
	}
	if err := r.rows.Error(); err != nil {
		return nil, &FileError{File: r.path, Line: r.line, Reason: "the sheet cannot be read further", Err: err}
	}
	if r.done {
		return nil, io.EOF
	}
	if err := checkWhole(r.path); err != nil {
		return nil, &FileError{File: r.path, Line: r.line, Reason: "the workbook is damaged, so rows behind this one may be missing; " +
			"save it again in the spreadsheet program", Err: err}
	}
	r.done = true
	return nil, io.EOF
}

// Columns implements Reader.
func (r *excelReader) Columns() []string { return r.columns }

// Info implements Reader.
func (r *excelReader) Info() Info { return Info{Format: "excel", Sheet: r.sheet} }

// Size implements Reader.
func (r *excelReader) Size() int64 { return r.size }

// Offset implements Reader.
func (r *excelReader) Offset() int64 {
	switch {
	case r.done || r.last > 0 && r.line >= r.last:
		return r.size
	case r.last == 0:
		return 0
	}
	return int64(float64(r.size) * float64(r.line) / float64(r.last))
}

// Close implements Reader.
func (r *excelReader) Close() error {
	if r.rows != nil {
		_ = r.rows.Close()
	}
	return r.file.Close()
}

// Next implements Reader.
func (r *excelReader) Next() (*Row, error) {
	cells := r.first
	if r.first = nil; cells == nil {
		var err error
		if cells, err = r.cells(); err != nil {
			return nil, err
		}
	}
	bad := &RowError{File: r.path, Line: r.line}
	if len(cells) > len(r.columns) {
		bad.Reason = fmt.Sprintf("the row has %d cells, the header has %d; name the column or remove the cells",
			len(cells), len(r.columns))
		bad.Raw, bad.Fields = clip(strings.Join(cells, "\t")), cells
		return nil, bad
	}
	r.row.Line = r.line
	for i := range r.row.Values {
		if i >= len(cells) {
			r.row.Values[i] = Value{Kind: r.nulls.kind("")}
			continue
		}
		v, reason := r.value(cells[i])
		if reason != "" {
			bad.Column, bad.Reason, bad.Raw = r.columns[i], reason, clip(strings.Join(cells, "\t"))
			return nil, bad
		}
		r.row.Values[i] = v
	}
	return &r.row, nil
}

// value types a cell, or says why it cannot be taken.
func (r *excelReader) value(cell string) (Value, string) {
	switch cell {
	case "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!":
		return Value{}, fmt.Sprintf("the cell shows the error %s; correct its formula or empty it", cell)
	}
	if len(cell) > r.max {
		return Value{}, fmt.Sprintf("the cell has %d bytes, at most %d are read; shorten it", len(cell), r.max)
	}
	for _, mark := range []string{markDate, markTime} {
		if digits, ok := strings.CutPrefix(cell, mark); ok {
			if serial, err := strconv.ParseFloat(digits, 64); err == nil {
				return r.date(serial, mark)
			}
		}
	}
	return Value{Text: cell, Kind: r.nulls.kind(cell)}, ""
}

// date turns a serial number of days into a day, a local time, or the text of a time of day.
func (r *excelReader) date(serial float64, mark string) (Value, string) {
	t, err := excelize.ExcelDateToTime(serial, r.date1904)
	if err != nil || serial < 0 {
		return Value{}, fmt.Sprintf("the cell has a date format but its number %v is no date; correct it", serial)
	}
	t = t.Round(time.Millisecond)
	switch {
	case mark == markTime && serial < 1:
		return Value{Text: t.Format("15:04:05.999"), Kind: Text}, ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return DateValue(t), ""
	}
	return LocalTimeValue(t), ""
}
