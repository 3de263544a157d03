package rowio

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
)

// checkWhole reads the sheets of a workbook once more as bytes, because the library takes a sheet that breaks off, or
// that does not unpack, for one that ends there.
func checkWhole(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer z.Close()
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if !strings.HasPrefix(name, "xl/worksheets/") || !strings.HasSuffix(name, ".xml") {
			continue
		}
		var end tail
		r, err := part.Open()
		if err == nil {
			_, err = io.Copy(&end, r)
			_ = r.Close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", part.Name, err)
		}
		if !bytes.Contains(end.bytes, []byte("worksheet>")) {
			return fmt.Errorf("%s breaks off", part.Name)
		}
	}
	return nil
}

// tail keeps the last bytes written to it.
type tail struct{ bytes []byte }

const tailSize = 1 << 10

func (t *tail) Write(p []byte) (int, error) {
	if len(p) >= tailSize {
		t.bytes = append(t.bytes[:0], p[len(p)-tailSize:]...)
		return len(p), nil
	}
	t.bytes = append(t.bytes, p...)
	if over := len(t.bytes) - tailSize; over > 0 {
		t.bytes = append(t.bytes[:0], t.bytes[over:]...)
	}
	return len(p), nil
}
