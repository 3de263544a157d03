// Keys: / and Ctrl-K search, ? help, j and k the row cursor, Enter opens the row.
let cursor = null;

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]");
}

function rows() {
  return [...document.querySelectorAll("main [data-rows] > tr")].filter((row) => row.querySelector("a.row-link"));
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(cursor);
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  cursor?.classList.remove("cursor");
  cursor = next;
  cursor.classList.add("cursor");
  cursor.querySelector("a.row-link").focus({ preventScroll: true });
  cursor.scrollIntoView({ block: "nearest" });
}

function focusSearch() {
  const box = [...document.querySelectorAll('input[type="search"]')].find((input) => input.offsetParent);
  if (!box) return false;
  box.focus({ preventScroll: true });
  box.select();
  return true;
}

export function startKeyboard() {
  document.addEventListener("keydown", (event) => {
    const searchKey = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (searchKey) {
      if (focusSearch()) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const actions = {
      "/": focusSearch,
      "?": () => document.getElementById("help")?.showModal(),
      j: () => move(1),
      k: () => move(-1),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
