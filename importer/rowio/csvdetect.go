package rowio

import (
	"bytes"
	"fmt"
)

// delimiters are those that are detected, the likelier first.
const delimiters = ",;\t|"

// parseDelimiter reads the option; 0 means detect.
func parseDelimiter(option string) (byte, error) {
	switch option {
	case "":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	}
	if len(option) != 1 || option[0] >= 0x80 || option[0] == 0 || bytes.IndexByte([]byte("\"\r\n"), option[0]) >= 0 {
		return 0, fmt.Errorf("delimiter %q cannot be used; name one ASCII character such as , ; | or tab", option)
	}
	return option[0], nil
}

// detectLineEnd is LF, also for CRLF, unless the text has CR only.
func detectLineEnd(head []byte) byte {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

// detectDelimiter takes the candidate that cuts the first records into the same number of fields, the largest number
// winning; if none does, the one that is most frequent in the first record.
func detectDelimiter(head []byte, complete bool, nl byte) byte {
	best, bestCount, bestSteady := byte(','), 0, false
	for i := range len(delimiters) {
		counts := countDelimiter(head, complete, nl, delimiters[i])
		if len(counts) == 0 || counts[0] == 0 {
			continue
		}
		steady := true
		for _, n := range counts[1:] {
			steady = steady && n == counts[0]
		}
		if steady && !bestSteady || steady == bestSteady && counts[0] > bestCount {
			best, bestCount, bestSteady = delimiters[i], counts[0], steady
		}
	}
	return best
}

// countDelimiter counts a delimiter outside quotes in each of the first records. A record cut off at the end of the head
// counts only if it is the only one.
func countDelimiter(head []byte, complete bool, nl, delim byte) []int {
	const records = 20
	var counts []int
	n, quoted, fieldStart, empty := 0, false, true, true
	for _, c := range head {
		switch {
		case c == '"' && quoted:
			quoted = false
		case c == '"' && fieldStart:
			quoted, empty = true, false
		case quoted:
		case c == nl:
			if !empty {
				counts = append(counts, n)
			}
			if n, fieldStart, empty = 0, true, true; len(counts) == records {
				return counts
			}
			continue
		case c == delim:
			n++
			fieldStart, empty = true, false
			continue
		case c != '\r':
			empty = false
		}
		fieldStart = false
	}
	if !empty && !quoted && (complete || len(counts) == 0) {
		counts = append(counts, n)
	}
	return counts
}
