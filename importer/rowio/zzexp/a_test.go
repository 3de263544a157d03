package zzexp

import (
	"database/sql"
	"fmt"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/japanese"
	"testing"
	"time"
)

func TestX(t *testing.T) {
	f := excelize.NewFile()
	ds, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
	cf := "yyyy/m/d h:mm"
	cs, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &cf})
	nf := "#,##0.00"
	ns, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &nf})
	f.SetSheetRow("Sheet1", "A1", &[]any{"d", "t", "n", "txt", "b", "err"})
	f.SetSheetRow("Sheet1", "A2", &[]any{time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 29, 13, 14, 15, 0, time.UTC), 1234567.891, "00123", true, "#N/A"})
	f.SetSheetRow("Sheet1", "A3", &[]any{"not a date", "=1+1", 0.1 + 0.2, 1e21, 12345678901234567, "x"})
	f.SetCellStyle("Sheet1", "A2", "A3", ds)
	f.SetCellStyle("Sheet1", "B2", "B3", cs)
	f.SetCellStyle("Sheet1", "C2", "C3", ns)
	p := t.TempDir() + "/a.xlsx"
	fmt.Println(f.SaveAs(p))
	g, _ := excelize.OpenFile(p)
	for i := range g.Styles.CellXfs.Xf {
		id := g.Styles.CellXfs.Xf[i].NumFmtID
		if id != nil {
			fmt.Println(i, *id)
		}
	}
	fmt.Println(g.Styles.NumFmts != nil)
	d, err := g.GetSheetDimension("Sheet1")
	fmt.Println(d, err)
	for i := range g.Styles.CellXfs.Xf {
		id := g.Styles.CellXfs.Xf[i].NumFmtID
		if id != nil {
			s, _ := g.GetStyle(i)
			cc := ""
			if s.CustomNumFmt != nil {
				cc = *s.CustomNumFmt
			}
			fmt.Println(i, s.NumFmt, cc)
		}
		if i > 0 && i < 3 {
			x := 22
			_ = x
			z := 9999
			g.Styles.CellXfs.Xf[i].NumFmtID = &z
		}
	}
	if g.Styles.NumFmts != nil {
		fmt.Printf("%+v\n", g.Styles.NumFmts.NumFmt[0])
		g.Styles.NumFmts.NumFmt[0].NumFmtID = 9999
		g.Styles.NumFmts.NumFmt[0].FormatCode = "\"\x02\"0.0000000000;\"\x02\"-0.0000000000"
	}
	r, _ := g.Rows("Sheet1")
	for r.Next() {
		c, err := r.Columns()
		fmt.Printf("%q %v\n", c, err)
	}
}
func TestD(t *testing.T) {
	db, _ := sql.Open("duckdb", "")
	defer db.Close()
	db.SetMaxOpenConns(1)
	p := t.TempDir() + "/a.parquet"
	_, err := db.Exec("copy (select i as id, 'name'||i as n, i*0.5 as v, {'a':i,'b':{'c':'x'}} as s, [i] as l from range(5000000) r(i)) to '" + p + "' (format parquet)")
	fmt.Println(err)
	for _, k := range []int{0, 2000000, 4900000} {
		s := time.Now()
		rows, err := db.Query(fmt.Sprintf("select id,n,v from read_parquet('%s', file_row_number=true) where file_row_number>=%d and file_row_number<%d", p, k, k+61440))
		n := 0
		for rows.Next() {
			n++
		}
		fmt.Println(k, n, time.Since(s), err)
	}
	rows, err := db.Query("select name,type,num_children,logical_type,converted_type,repetition_type from parquet_schema('" + p + "')")
	for rows != nil && rows.Next() {
		var a, b, c, d, e, f any
		rows.Scan(&a, &b, &c, &d, &e, &f)
		fmt.Println(a, b, c, d, e, f)
	}
	fmt.Println(err)
	var k any
	fmt.Println(db.QueryRow("select num_rows from parquet_file_metadata('"+p+"')").Scan(&k), k)
}
func TestC(t *testing.T) {
	for _, b := range [][]byte{{0x87, 0x40}, {0xed, 0x40}, {0xfa, 0x40}, {0xf0, 0x40}, {0x81, 0x60}, {0x80}, {0xa0}, {0xfd}, {0xff}, {0x81, 0x5f}, {0x82, 0x2c}, {0x81}} {
		o, err := japanese.ShiftJIS.NewDecoder().Bytes(b)
		fmt.Printf("%x %q %v\n", b, o, err)
	}
}
