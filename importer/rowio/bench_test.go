package rowio

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

func benchmarkRead(b *testing.B, name, format string, line func(i int) string) {
	const rows = 200_000
	var buf bytes.Buffer
	if format == "csv" {
		buf.WriteString("id,account,event,time,value,country\n")
	}
	for i := range rows {
		buf.WriteString(line(i))
	}
	data := buf.Bytes()
	if name == "cp932" {
		data, _ = japanese.ShiftJIS.NewEncoder().Bytes(data)
	}
	path := filepath.Join(b.TempDir(), "rows")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path, format, Options{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatalf("%d rows", n)
		}
		_ = r.Close()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRead(b *testing.B) {
	plain := func(i int) string {
		return fmt.Sprintf("%d,A-%05d,feature_used,2024-05-%02dT10:11:12Z,%d,JP\n", i, i%5000, i%28+1, i%17)
	}
	quoted := func(i int) string {
		return fmt.Sprintf("\"%d\",\"A-%05d\",\"feature_used\",\"2024-05-%02dT10:11:12Z\",\"%d\",\"JP\"\n", i, i%5000, i%28+1, i%17)
	}
	japaneseText := func(i int) string {
		return fmt.Sprintf("%d,山田商事株式会社,利用,2024-05-%02d,%d,日本\n", i, i%28+1, i%17)
	}
	object := func(i int) string {
		return fmt.Sprintf(`{"id":%d,"account":"A-%05d","event":"feature_used","time":"2024-05-%02dT10:11:12Z",`+
			`"properties":{"value":%d,"country":"JP"}}`+"\n", i, i%5000, i%28+1, i%17)
	}
	b.Run("csv", func(b *testing.B) { benchmarkRead(b, "csv", "csv", plain) })
	b.Run("csv-quoted", func(b *testing.B) { benchmarkRead(b, "quoted", "csv", quoted) })
	b.Run("csv-cp932", func(b *testing.B) { benchmarkRead(b, "cp932", "csv", japaneseText) })
	b.Run("jsonl", func(b *testing.B) { benchmarkRead(b, "jsonl", "jsonl", object) })
}
