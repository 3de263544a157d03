package rowio

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// headSize is how much of a file is looked at to detect its encoding and delimiter.
const headSize = 64 << 10

// maxASCII is how far into a file the first byte beyond ASCII is looked for.
const maxASCII = 64 << 20

// textInfo is how the bytes of a text file become UTF-8.
type textInfo struct {
	name     string
	detected bool
	bom      int
	decoder  *encoding.Decoder // nil for UTF-8
}

// DetectEncoding tells from the beginning of a file whether it is utf-8, utf-16le, utf-16be or cp932, and the length of
// the byte order mark. What fits none of them is called utf-8, so that its wrong bytes are reported, not guessed.
func DetectEncoding(head []byte) (name string, bom int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return "utf-8", 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return "utf-16le", 2
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return "utf-16be", 2
	}
	if name := detectUTF16(head); name != "" {
		return name, 0
	}
	if validUTF8Prefix(head) || !looksCP932(head) {
		return "utf-8", 0
	}
	return "cp932", 0
}

// detectUTF16 looks for line ends and delimiters written as two bytes, which every table has, at one alignment only.
func detectUTF16(head []byte) string {
	var le, be, zeros int
	for i := 0; i+1 < len(head); i += 2 {
		a, b := head[i], head[i+1]
		if a == 0 || b == 0 {
			zeros++
		}
		switch {
		case b == 0 && isSeparator(a):
			le++
		case a == 0 && isSeparator(b):
			be++
		}
	}
	if zeros < 2 || zeros*16 < len(head)/2 {
		return ""
	}
	switch {
	case le > 4*be:
		return "utf-16le"
	case be > 4*le:
		return "utf-16be"
	}
	return ""
}

func isSeparator(c byte) bool {
	switch c {
	case '\n', '\r', '\t', ',', ';', '|', '"', ':', '{':
		return true
	}
	return false
}

// validUTF8Prefix allows for a character cut off at the end.
func validUTF8Prefix(b []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(b); cut++ {
		rest := b[len(b)-cut:]
		if utf8.Valid(b[:len(b)-cut]) && (cut == 0 || utf8.RuneStart(rest[0]) && !utf8.FullRune(rest)) {
			return true
		}
	}
	return false
}

// looksCP932 wants valid bytes, and more signs of Japanese (kana, characters in a row) than of Western text, where
// accented letters and typographic quotes stand alone between ASCII letters.
func looksCP932(b []byte) bool {
	var japaneseSigns, westernSigns int
	wasWide := false
	i := 0
	for i < len(b) {
		c := b[i]
		switch {
		case c < 0x80:
			wasWide = false
			i++
			continue
		case c >= 0xa1 && c <= 0xdf:
			if wasWide {
				japaneseSigns++
			}
			wasWide = true
			i++
			continue
		case c == 0x80 || c == 0xa0 || c > 0xfc:
			return false
		}
		if i+1 == len(b) {
			break
		}
		d := b[i+1]
		if d < 0x40 || d == 0x7f || d > 0xfc {
			return false
		}
		alone := i > 0 && isLetter(b[i-1]) && !wasWide && isLetter(d) && i+2 < len(b) && b[i+2] < 0x80
		switch {
		case wasWide || c >= 0x81 && c <= 0x83 && d >= 0x80:
			japaneseSigns++
		case alone:
			westernSigns++
		}
		wasWide = true
		i += 2
	}
	if japaneseSigns <= westernSigns {
		return false
	}
	out, err := japanese.ShiftJIS.NewDecoder().Bytes(b[:min(i, len(b))])
	return err == nil && !bytes.ContainsRune(bytes.TrimSuffix(out, []byte("\uFFFD")), utf8.RuneError)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// resolveEncoding decides how a file is decoded, by its mark, the option, or its bytes.
func resolveEncoding(f *os.File, option string) (textInfo, error) {
	head, err := readHead(f)
	if err != nil {
		return textInfo{}, err
	}
	name, bom := DetectEncoding(head)
	option = strings.ToLower(strings.TrimSpace(option))
	auto := option == "" || option == "auto"
	if bom == 0 && auto && isASCII(head) {
		if name, err = detectBehindASCII(f); err != nil {
			return textInfo{}, err
		}
	}
	if bom == 0 && !auto {
		name = option
		if option == "utf-16" || option == "utf16" {
			if name = detectUTF16(head); name == "" {
				name = "utf-16le"
			}
		}
	}
	info := textInfo{name: name, bom: bom, detected: auto && bom == 0}
	info.name, info.decoder, err = decoderFor(name)
	return info, err
}

// decoderFor finds an encoding by name; the decoder is nil for UTF-8.
func decoderFor(name string) (canonical string, d *encoding.Decoder, err error) {
	switch name {
	case "utf-8", "utf8", "utf-8-sig":
		return "utf-8", nil, nil
	case "utf-16le":
		return name, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder(), nil
	case "utf-16be":
		return name, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder(), nil
	case "cp932", "ms932", "shift_jis", "shift-jis", "sjis", "windows-31j":
		return "cp932", japanese.ShiftJIS.NewDecoder(), nil
	case "cp1252":
		name = "windows-1252"
	}
	e, err := htmlindex.Get(name)
	if err != nil {
		return "", nil, fmt.Errorf("encoding %q is not known; use auto, utf-8, cp932, utf-16, windows-1252 or another "+
			"name of the WHATWG encoding standard", name)
	}
	canonical, err = htmlindex.Name(e)
	return canonical, e.NewDecoder(), err
}

func readHead(f *os.File) ([]byte, error) {
	head := make([]byte, headSize)
	n, err := f.ReadAt(head, 0)
	if err == io.EOF {
		err = nil
	}
	return head[:n], err
}

// detectBehindASCII finds the first byte beyond ASCII and decides by what follows it.
func detectBehindASCII(f *os.File) (string, error) {
	buf := make([]byte, 1<<20)
	for at := int64(0); at < maxASCII; {
		n, err := f.ReadAt(buf, at)
		if i := indexHigh(buf[:n]); i >= 0 {
			m, err := f.ReadAt(buf[:headSize], at+int64(i))
			if err != nil && err != io.EOF {
				return "", err
			}
			name, _ := DetectEncoding(buf[:m])
			return name, nil
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
		at += int64(n)
	}
	return "utf-8", nil
}

func isASCII(b []byte) bool { return indexHigh(b) < 0 && bytes.IndexByte(b, 0) < 0 }

func indexHigh(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// reader gives the file's text as UTF-8, behind the byte order mark.
func (t *textInfo) reader(r io.Reader) io.Reader {
	if t.decoder == nil {
		return r
	}
	return transform.NewReader(r, t.decoder)
}

// fault says what is wrong with a text, or "".
func (t *textInfo) fault(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		return "holds a NUL byte; remove it from the file"
	}
	bad := ""
	if t.decoder == nil && !utf8.ValidString(s) {
		bad = "holds bytes that are not valid in utf-8 (" + badBytes(s) + ")"
	} else if t.decoder != nil && strings.ContainsRune(s, utf8.RuneError) {
		bad = "holds bytes that mean nothing in " + t.name
	}
	if bad == "" {
		return ""
	}
	how := "was named as"
	if t.detected {
		how = "was taken from its first bytes to be"
	} else if t.bom > 0 {
		how = "is, by its byte order mark,"
	}
	other := "cp932 (Japanese Windows) or windows-1252"
	if t.name == "cp932" {
		other = "utf-8 or euc-jp"
	}
	return fmt.Sprintf("%s; the file's encoding %s %s. If it is another, set options: {encoding: …}, for example %s; "+
		"otherwise correct the row", bad, how, t.name, other)
}

// clean reports quickly whether a record has no fault.
func (t *textInfo) clean(s string) bool {
	if strings.IndexByte(s, 0) >= 0 {
		return false
	}
	if t.decoder == nil {
		return utf8.ValidString(s)
	}
	return !strings.Contains(s, "\uFFFD")
}

// badBytes shows the first wrong bytes.
func badBytes(s string) string {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return fmt.Sprintf("0x% X", s[i:min(i+2, len(s))])
		}
		i += n
	}
	return ""
}
