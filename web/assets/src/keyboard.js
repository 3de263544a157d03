// Keys: Ctrl-K and / search, ? help, j and k the row cursor, Enter opens the row.
import { openPalette } from "./palette.js";

let cursor = null;
let place = { id: "", at: 0 }; // of the cursor, should its row be drawn again

// typing reports whether keys go into a field.
export function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]");
}

// keyOf gives the letter of a key by its place where an input method for
// another script holds the keyboard: the key then says "Process" or a kana.
export function keyOf(event) {
  const letter = /^Key([A-Z])$/.exec(event.code ?? "");
  if (letter && !/^[\x20-\x7e]$/.test(event.key)) return letter[1].toLowerCase();
  return event.key;
}

// cursorRow gives the row under the cursor, also when it was drawn again.
export function cursorRow() {
  if (cursor && !cursor.isConnected) {
    const all = rows();
    cursor = (place.id && document.getElementById(place.id)) || all[Math.min(place.at, all.length - 1)] || null;
    cursor?.classList.add("cursor");
  }
  return cursor;
}

function rows() {
  return [...document.querySelectorAll("main [data-rows] > tr")].filter((row) => row.querySelector("a.row-link"));
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(cursorRow());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  cursor?.classList.remove("cursor");
  cursor = next;
  cursor.classList.add("cursor");
  place = { id: cursor.id, at: all.indexOf(cursor) };
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
      if (openPalette()) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) && event.target.type !== "checkbox") {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    const actions = {
      "/": () => openPalette() || focusSearch(),
      "?": () => document.getElementById("help")?.showModal(),
      j: () => move(1),
      k: () => move(-1),
    };
    const action = Object.hasOwn(actions, keyOf(event)) ? actions[keyOf(event)] : null;
    if (!action) return;
    event.preventDefault();
    action();
  });
}
