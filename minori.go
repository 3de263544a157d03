// Package minori is the vocabulary of the product: the few types that every
// other package speaks. It imports nothing of ours.
//
// The words are those of docs/semantics: a subject is whatever health is
// computed for (an account, or a person of our own company), an as-of is the
// instant something is computed for, and unknown is neither zero nor red.
package minori

import "strings"

// ID is a surrogate key, made by the records store. It is positive; 0 means
// "none". The lake stores the same number in signed 64-bit columns.
type ID int64

// SubjectKind says which reading of the engine a definition is for.
type SubjectKind string

// The kinds of subject.
const (
	Account SubjectKind = "account" // a customer
	Person  SubjectKind = "person"  // an employee of our own company
)

// Valid reports whether k is one of the kinds above.
func (k SubjectKind) Valid() bool { return k == Account || k == Person }

// Subject is one account or person: its kind, its surrogate key and the id the
// source gave it, which is what files, commands and JSON use.
type Subject struct {
	Kind SubjectKind
	ID   ID
	Key  string
}

// Lang is a language of texts for people.
type Lang string

// The languages of the product.
const (
	EN Lang = "en"
	JA Lang = "ja"
)

// Valid reports whether l is a language of the product.
func (l Lang) Valid() bool { return l == EN || l == JA }

// Text is a text for people by language. A text that serves for every
// language is kept under the empty Lang.
type Text map[Lang]string

// Plain makes a text that serves for every language.
func Plain(s string) Text { return Text{"": s} }

// In gives the text in lang, else the one for every language, else English,
// else any; "" if there is none.
func (t Text) In(lang Lang) string {
	for _, l := range []Lang{lang, "", EN, JA} {
		if s, ok := t[l]; ok && s != "" {
			return s
		}
	}
	return ""
}

// ValidName reports whether s can name a definition: lower case letters,
// digits, '-', '_' and '.', starting with a letter or digit, at most 100 bytes.
func ValidName(s string) bool {
	if s == "" || len(s) > 100 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case i > 0 && strings.IndexByte("-_.", c) >= 0:
		default:
			return false
		}
	}
	return true
}
