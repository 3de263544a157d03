package assets_test

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"testing"
)

// tokens reads the colours of tokens.css: name → light, dark.
func tokens(t *testing.T) map[string][2]string {
	t.Helper()
	b, err := os.ReadFile("src/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][2]string)
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(string(b), -1) {
		out[m[1]] = [2]string{m[2], m[3]}
	}
	return out
}

// luminance is the relative luminance of a colour, as WCAG defines it.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestContrast holds text to 4.5:1 and marks to 3:1 on what they stand on, in
// light and dark.
func TestContrast(t *testing.T) {
	colours := tokens(t)
	check := func(least float64, ink string, grounds ...string) {
		for _, ground := range grounds {
			for i, theme := range []string{"light", "dark"} {
				a, b := colours[ink][i], colours[ground][i]
				if a == "" || b == "" {
					t.Fatalf("no such colour: %s or %s", ink, ground)
				}
				if c := contrast(t, a, b); c < least {
					t.Errorf("%s on %s is %.2f:1 in %s, less than %.1f", ink, ground, c, theme, least)
				}
			}
		}
	}
	pages := []string{"bg", "surface", "sunken", "raised", "hover"}
	check(7, "text", pages...)
	for _, ink := range []string{"text-2", "text-3"} {
		check(4.5, ink, pages...)
	}
	check(4.5, "text-2", "unknown-soft", "info-soft", "green-soft", "yellow-soft", "red-soft")
	check(4.5, "accent", "bg", "surface", "sunken", "accent-soft")
	check(4.5, "on-accent", "accent", "accent-hover")
	for _, state := range []string{"green", "yellow", "red", "info"} {
		check(4.5, state, "bg", "surface", "hover", "raised", state+"-soft")
	}
	check(4.5, "unknown", "bg", "surface", "hover")
	for _, mark := range []string{"green-mark", "yellow-mark", "red-mark", "series-1", "series-2", "series-3", "series-4", "series-5", "focus"} {
		check(3, mark, "bg", "surface", "hover")
	}
}
