// Working a list of calls by keyboard: x selects, a s p e do something with what
// is selected (or with the row under the cursor), c comments, z takes the last
// change back. The list itself is refreshed by htmx; what is selected stays.
import { cursorRow, keyOf, typing } from "./keyboard.js";
import { closeMenus } from "./menus.js";

const list = () => document.querySelector("[data-worklist]");
const bar = () => document.getElementById("bulk");
const boxes = () => [...document.querySelectorAll('#calls input[name="call"]')];
const idOf = (box) => box.value.split(":")[0];

let kept = new Set(); // numbers of the selected calls, while the list is read again

function show() {
  const form = bar();
  if (!form) return;
  const picked = boxes().filter((box) => box.checked);
  boxes().forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
  form.classList.toggle("bulk-on", picked.length > 0);
  const count = form.querySelector("[data-bulk-count]");
  count.textContent = picked.length ? count.dataset.words.replace("{n}", picked.length) : "";
  if (picked.length === 0) closeMenus();
}

function pick(row, on) {
  const box = row?.querySelector('input[name="call"]');
  if (!box) return false;
  box.checked = on ?? !box.checked;
  show();
  return true;
}

function clear() {
  const any = boxes().some((box) => box.checked);
  boxes().forEach((box) => (box.checked = false));
  show();
  return any;
}

// openMenu opens what a key does, for the selection or else the row at hand.
function openMenu(key) {
  if (!boxes().some((box) => box.checked) && !pick(cursorRow(), true)) return false;
  const menu = bar()?.querySelector(`details[data-key="${key}"]`);
  if (!menu) return false;
  closeMenus(menu);
  menu.open = true;
  menu.querySelector(".menu-panel :is(select, button, input)")?.focus();
  return true;
}

// comment opens the row at hand beside the list, at its field for a comment.
function comment() {
  const link = cursorRow()?.querySelector("a.row-link");
  if (!link) return false;
  document.body.addEventListener("htmx:afterSettle", () => document.querySelector('#drawer textarea[name="comment"]')?.focus(), { once: true });
  link.click();
  return true;
}

function undo() {
  const button = document.querySelector("#work-notice [data-undo]");
  button?.click();
  return Boolean(button);
}

const keys = {
  x: () => pick(cursorRow()),
  a: () => openMenu("a"),
  s: () => openMenu("s"),
  p: () => openMenu("p"),
  e: () => openMenu("e"),
  c: comment,
  z: undo,
};

function onKey(event) {
  if (!list() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Enter" && event.target.closest?.("#bulk .menu-panel :is(input, select)")) {
    event.preventDefault();
    event.target.closest(".menu-panel").querySelector("[data-enter]")?.click();
    return;
  }
  const inMenu = event.target.closest?.("#bulk .menu-panel");
  if (inMenu && (event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches("button")) {
    const all = [...inMenu.querySelectorAll("button, input")];
    all[all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
    return;
  }
  if (typing(event.target) && event.target.type !== "checkbox") return;
  if (document.querySelector("dialog[open]") || inMenu) return;
  if (event.key === "Escape" && !document.querySelector("#drawer > *, details.menu[open]") && clear()) {
    event.preventDefault();
    return;
  }
  const action = Object.hasOwn(keys, keyOf(event)) ? keys[keyOf(event)] : null;
  if (action?.()) event.preventDefault();
}

export function startWorklist() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.('#calls input[name="call"]')) show();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-bulk-clear]")) clear();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "calls") return;
    kept = new Set(boxes().filter((box) => box.checked).map(idOf));
    if (event.detail.requestConfig?.elt?.id === "bulk") {
      kept.clear(); // it was done
      event.detail.requestConfig.elt.reset();
      closeMenus();
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "calls") boxes().forEach((box) => (box.checked = kept.has(idOf(box))));
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "calls") show();
  });
  if (list()) show();
}
