package minori

import (
	"math"
	"strings"
)

// Money is an amount in minor units (cents; yen has none) of a currency.
type Money struct {
	Minor    int64
	Currency string // ISO 4217, upper case
}

// Decimals gives the number of minor digits of a currency (ISO 4217).
func Decimals(currency string) int {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "ISK", "UGX", "XAF", "XOF", "XPF", "PYG", "RWF", "KMF", "GNF", "DJF", "BIF", "VUV":
		return 0
	case "BHD", "KWD", "OMR", "JOD", "TND", "IQD", "LYD":
		return 3
	}
	return 2
}

// Major gives the amount in major units, for display and JSON.
func (m Money) Major() float64 {
	return float64(m.Minor) / math.Pow10(Decimals(m.Currency))
}

// FromMajor rounds an amount in major units to minor units. ok is false when
// it is not finite or too large to be kept exactly.
func FromMajor(v float64, currency string) (m Money, ok bool) {
	x := math.Round(v * math.Pow10(Decimals(currency)))
	if math.IsNaN(x) || math.Abs(x) > 1<<53 {
		return Money{}, false
	}
	return Money{Minor: int64(x), Currency: currency}, true
}

// ValidCurrency reports whether s has the form of an ISO 4217 code.
func ValidCurrency(s string) bool {
	return len(s) == 3 && strings.IndexFunc(s, func(r rune) bool { return r < 'A' || r > 'Z' }) < 0
}
