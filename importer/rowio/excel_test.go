package rowio

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

// makeExcel writes a workbook with the rows in its second sheet.
func makeExcel(t testing.TB, rows [][]any, change func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if _, err := f.NewSheet("Data"); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if err := f.SetSheetRow("Data", "A"+itoa(i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	if change != nil {
		change(f)
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func setFormat(t testing.TB, f *excelize.File, cell, code string) {
	t.Helper()
	id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
	if err == nil {
		err = f.SetCellStyle("Data", cell, cell, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestExcel(t *testing.T) {
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	noon := day.Add(13*time.Hour + 14*time.Minute + 15*time.Second)
	path := makeExcel(t, [][]any{
		{" id ", "day", "at", "n", "flag", "f"},
		{"00123", day, noon, 1234567.891, true, "=1+1"},
		{},
		{"x", "no date", 0.5, 0.456, false, "@SUM"},
		{"bad", "#N/A"},
		{"too", 1, 2, 3, 4, 5, "many"},
		{"short"},
		{"y", day, 1.5, 12345678901234, nil, nil},
	}, func(f *excelize.File) {
		setFormat(t, f, "B2", `yyyy"年"m"月"d"日"`)
		setFormat(t, f, "C2", "[$-411]yyyy/mm/dd hh:mm")
		setFormat(t, f, "D2", "#,##0.00")
		setFormat(t, f, "C4", "h:mm AM/PM")
		setFormat(t, f, "D4", "0%")
		setFormat(t, f, "C8", "[h]:mm")
		setFormat(t, f, "D8", `"day" 0`)
		if err := f.SetCellFormula("Data", "F8", "1+1"); err != nil {
			t.Fatal(err)
		}
	})
	res, err := readAll(t, path, "excel", Options{Sheet: "Data"})
	if err != nil {
		t.Fatal(err)
	}
	check(t, res, []string{"2:00123|2024-02-29|2024-02-29T13:14:15|1234567.891|TRUE|=1+1", "4:x|no date|12:00:00|0.456|FALSE|@SUM",
		"7:short|~|~|~|~|~", "8:y|2024-02-29|1.5|12345678901234|~|~"},
		[]string{"5|day|#N/A", "6||has 7 cells, the header has 6"})
	if strings.Join(res.columns, ",") != "id,day,at,n,flag,f" || res.info.Sheet != "Data" {
		t.Errorf("%q %v", res.columns, res.info)
	}
	if _, err := readAll(t, path, "excel", Options{}); err == nil || !strings.Contains(err.Error(), `"Sheet1" is empty`) {
		t.Errorf("first sheet: %v", err)
	}
	if _, err := readAll(t, path, "excel", Options{Sheet: "x"}); err == nil || !strings.Contains(err.Error(), `["Sheet1" "Data"]`) {
		t.Errorf("missing sheet: %v", err)
	}
}

func TestExcelKinds(t *testing.T) {
	on := true
	path := makeExcel(t, [][]any{{1, 2}}, func(f *excelize.File) {
		setFormat(t, f, "A1", "yyyy-mm-dd")
		setFormat(t, f, "B1", "yyyy-mm-dd hh:mm")
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &on}); err != nil {
			t.Fatal(err)
		}
		if err := f.SetCellValue("Data", "B1", 2.25); err != nil {
			t.Fatal(err)
		}
	})
	r, err := Open(path, "excel", Options{Sheet: "Data", NoHeader: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	row, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if v := row.Values[0]; v.Kind != Date || v.Text != "1904-01-02" {
		t.Errorf("day %v", v)
	}
	if v := row.Values[1]; v.Kind != LocalTime || v.Text != "1904-01-03T06:00:00" {
		t.Errorf("time %v", v)
	}
}

func TestDateFormat(t *testing.T) {
	tests := []struct {
		id          int
		code        string
		date, clock bool
	}{
		{14, "", true, false}, {20, "", false, true}, {22, "", true, false}, {46, "", false, false}, {2, "", false, false},
		{57, "", true, false}, {164, "General", false, false}, {164, "0.00E+00", false, false}, {164, "mmm", true, false},
		{164, "[Red]0.00", false, false}, {164, `"days" 0`, false, false}, {164, "[mm]:ss", false, false},
		{164, "hh:mm:ss.000", false, true}, {164, "ggge年m月d日", true, false}, {164, `yyyy\-mm\-dd;@`, true, false},
		{164, `"open`, false, false}, {164, "[open", false, false}, {164, `\`, false, false},
		{164, "yyyy-mm-dd hh:mm:ss.000", true, false},
	}
	for _, tt := range tests {
		if date, clock := dateFormat(tt.id, tt.code); date != tt.date || clock != tt.clock {
			t.Errorf("%d %q: %v %v", tt.id, tt.code, date, clock)
		}
	}
}

func TestExcelBomb(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	part, err := z.Create("xl/media/picture.png")
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range maxWorkbookInner>>20 + 1 {
		if _, err := part.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, "excel", Options{}); err == nil || !strings.Contains(err.Error(), "unpacks to more") {
		t.Errorf("%v", err)
	}
}
