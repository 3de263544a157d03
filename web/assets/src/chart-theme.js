// The charts' colours and type come from the same tokens as the pages.
const names = [
  "text", "text-2", "text-3", "line", "line-strong", "surface", "raised", "compare",
  "green-mark", "yellow-mark", "red-mark", "unknown", "unknown-soft", "info",
  "series-1", "series-2", "series-3", "series-4", "series-5",
];

// Tokens are light-dark() pairs; a probe element resolves them. The canvas
// library wants plain rgb.
export function readTheme() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const theme = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    theme[name] = getComputedStyle(probe).color;
  }
  theme.font = getComputedStyle(document.body).fontFamily;
  probe.remove();
  theme.still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return theme;
}

// fade gives a colour with an alpha.
export function fade(colour, alpha) {
  const parts = colour.match(/[\d.]+/g);
  return parts ? `rgba(${parts.slice(0, 3).join(",")},${alpha})` : colour;
}
