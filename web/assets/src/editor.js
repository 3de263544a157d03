// The editor of definitions: line numbers, the way to a mistake, and names to
// complete. htmx does the checking.
const number = (textarea) => {
  const lines = textarea.parentElement?.querySelector(".code-lines");
  if (!lines) return;
  const bad = new Set([...document.querySelectorAll("#edit-result [data-line]")].map((a) => Number(a.dataset.line)));
  const rows = textarea.value.split("\n").map((_, i) => {
    const row = document.createElement("span");
    row.textContent = i + 1;
    if (bad.has(i + 1)) row.className = "code-bad";
    return row;
  });
  lines.replaceChildren(...rows);
  lines.scrollTop = textarea.scrollTop;
};

const area = () => document.getElementById("edit-text");

// goTo puts the caret on a line and column, both from 1.
function goTo(line, column) {
  const text = area();
  const lines = text.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  const at = before + [...(lines[line - 1] ?? "")].slice(0, Math.max(column - 1, 0)).join("").length;
  text.focus();
  text.setSelectionRange(at, at);
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
}

const names = {}; // what can be completed, by where it is written on the page
let list = null; // the open list of names
let field = null;

// mentions reports whether a field takes colleagues behind @.
const mentions = (input) => Boolean(input.closest("[data-mentions]"));

function load(input) {
  const id = mentions(input) ? "mention-names" : "edit-names";
  if (!names[id]) {
    const data = document.getElementById(id);
    names[id] = data ? JSON.parse(data.textContent) : [];
  }
  return names[id];
}

function close() {
  list?.remove();
  field?.removeAttribute("aria-controls");
  field?.removeAttribute("aria-activedescendant");
  list = field = null;
}

// word is what is being typed before the caret.
const word = (input) => {
  const before = input.value.slice(0, input.selectionStart);
  if (mentions(input)) return before.match(/(?:^|[\s(（、。「])(@[\p{L}\p{N}._+-]*)$/u)?.[1] ?? "";
  return before.match(/[\p{L}\p{N}_.("-]{2,}$/u)?.[0] ?? "";
};

function choose(index) {
  const item = list.children[index];
  const typed = word(field);
  const end = field.selectionStart;
  field.setRangeText(item.dataset.insert + (mentions(field) ? " " : ""), end - typed.length, end, "end");
  const input = field;
  close();
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

const selected = () => [...list.children].findIndex((li) => li.getAttribute("aria-selected") === "true");

function select(index) {
  [...list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === index)));
  const item = list.children[index];
  item.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", item.id);
}

function offer(input) {
  close();
  const typed = word(input).toLowerCase();
  if (!typed) return;
  const bare = mentions(input) ? typed.slice(1) : typed.replace(/^.*["(]/, "");
  if (bare.length < 2 && !mentions(input)) return;
  const fits = load(input).filter((n) => n.insert.toLowerCase().includes(bare) || n.title.toLowerCase().includes(bare)).slice(0, 8);
  if (fits.length === 0 || fits.some((n) => n.insert === word(input))) return;
  list = document.createElement("ul");
  list.className = "complete";
  list.id = "edit-complete";
  list.setAttribute("role", "listbox");
  fits.forEach((n, i) => {
    const li = document.createElement("li");
    li.id = `edit-complete-${i}`;
    li.setAttribute("role", "option");
    li.dataset.insert = n.insert;
    const code = document.createElement("code");
    code.textContent = n.insert;
    const title = document.createElement("small");
    title.textContent = n.title;
    li.append(code, title);
    li.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(i);
    });
    list.append(li);
  });
  field = input;
  field.setAttribute("aria-controls", list.id);
  (input.closest(".code-box") ?? input).after(list);
  select(0);
}

export function startEditor() {
  document.addEventListener("input", (event) => {
    if (event.target.id === "edit-text") number(event.target);
    if (event.isTrusted && event.target.matches?.("[data-complete], [data-mentions] textarea")) offer(event.target);
  });
  document.addEventListener("scroll", (event) => {
    if (event.target.id !== "edit-text") return;
    const lines = event.target.parentElement.querySelector(".code-lines");
    if (lines) lines.scrollTop = event.target.scrollTop;
  }, true);
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field) return;
    const count = list.children.length;
    if (event.key === "ArrowDown") select((selected() + 1) % count);
    else if (event.key === "ArrowUp") select((selected() + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") choose(selected());
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("focusout", (event) => {
    if (event.target === field) close();
  });
  document.addEventListener("click", (event) => {
    const place = event.target.closest?.("#edit-result [data-line]");
    if (!place) return;
    event.preventDefault();
    goTo(Number(place.dataset.line), Number(place.dataset.column));
  });
  // What the reader opened stays open when the form is made anew.
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (event.detail.target.id !== "edit-fields") return;
    const open = [...event.detail.target.querySelectorAll("details[open]")].map((d) => d.id);
    for (const id of open) event.detail.fragment.getElementById(id)?.setAttribute("open", "");
  });
  const renumber = () => area() && number(area());
  document.addEventListener("htmx:afterSettle", renumber);
  renumber();
}
