// Lists of accounts: rows are chosen with boxes or x, e changes a field of the
// row under the cursor, columns are moved in their menu and pulled to a width.
import { cursorRow, keyOf, typing } from "./keyboard.js";
import htmx from "htmx.org";

const list = () => document.querySelector("[data-list]");
const boxes = () => [...document.querySelectorAll("[data-list] [data-pick]")];
let last = null; // the box chosen last, for a range

function show() {
  const picked = boxes().filter((box) => box.checked);
  boxes().forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
  const count = document.querySelector("[data-pick-count]");
  if (count) count.textContent = `${count.dataset.words} ${picked.length}`;
  const all = document.querySelector("[data-pick-all]");
  if (!all) return;
  all.checked = picked.length > 0 && picked.length === boxes().length;
  all.indeterminate = picked.length > 0 && !all.checked;
}

function pick(box, range) {
  if (range && last?.isConnected) {
    const every = boxes();
    const [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
    every.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
  }
  last = box;
  show();
}

function clear() {
  const any = boxes().some((box) => box.checked);
  boxes().forEach((box) => (box.checked = false));
  show();
  return any;
}

const keys = {
  x: () => {
    const box = cursorRow()?.querySelector("[data-pick]");
    if (!box) return false;
    box.checked = !box.checked;
    pick(box, false);
    return true;
  },
  e: () => {
    const link = cursorRow()?.querySelector("[data-edit]");
    link?.click();
    return Boolean(link);
  },
};

function onKey(event) {
  if (!list() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const form = event.target.closest?.("[data-cell-form]");
  if (event.key === "Escape" && form) {
    form.querySelector("[data-cancel]")?.click();
    event.preventDefault();
    return;
  }
  if (typing(event.target) && event.target.type !== "checkbox") return;
  if (document.querySelector("dialog[open], #drawer > *, details.menu[open]")) return;
  if (event.key === "Escape" && clear()) {
    event.preventDefault();
    return;
  }
  const action = Object.hasOwn(keys, keyOf(event)) ? keys[keyOf(event)] : null;
  if (action?.()) event.preventDefault();
}

// moveColumn moves a line of the columns' menu, and keeps the focus on it.
function moveColumn(button) {
  const line = button.closest(".column-choice");
  const other = button.dataset.move === "-1" ? line.previousElementSibling : line.nextElementSibling;
  if (!other?.querySelector("[data-move]")) return;
  if (button.dataset.move === "-1") other.before(line);
  else other.after(line);
  button.focus();
}

// Widths: a head's right edge can be pulled. The list is then asked for again
// with the widths in its address, from where they are saved with a view.
const edge = 8;

function onEdge(event) {
  const head = event.target.closest?.("[data-list] th[data-column]");
  return head && head.getBoundingClientRect().right - event.clientX <= edge ? head : null;
}

function pull(head, event) {
  event.preventDefault();
  const start = event.clientX;
  const width = head.getBoundingClientRect().width;
  const move = (e) => {
    head.style.width = head.style.minWidth = `${Math.round(Math.min(800, Math.max(60, width + e.clientX - start)))}px`;
  };
  const end = () => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    const address = new URL(list().dataset.columns, location.href);
    document.querySelectorAll("[data-list] th[data-column]").forEach((th) => {
      const set = th === head ? parseInt(head.style.width, 10) : th.getAttribute("width");
      address.searchParams.append("c", set ? `${th.dataset.column}~${set}` : th.dataset.column);
    });
    if (head.style.width) htmx.ajax("GET", address.pathname + address.search, { target: "#main", select: "#main", swap: "outerHTML", push: address.pathname + address.search });
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
}

export function startLists() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-pick]");
    if (box) pick(box, event.shiftKey);
    if (event.target.matches?.("[data-pick-all]")) {
      boxes().forEach((one) => (one.checked = event.target.checked));
      show();
    }
    const button = event.target.closest?.("[data-move]");
    if (button) moveColumn(button);
    if (event.target.closest?.("#bulk [type=reset]")) {
      event.preventDefault();
      clear();
    }
    if (onEdge(event)) event.preventDefault(); // pulling is not sorting
  });
  document.addEventListener("pointerdown", (event) => {
    const head = event.button === 0 && onEdge(event);
    if (head) pull(head, event);
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.detail.elt?.matches?.("[data-cell]") ? event.detail.elt.querySelector("[data-cell-form]") : null;
    form?.querySelector("select, input:not([type=hidden])")?.focus();
  });
  if (list()) show();
}
