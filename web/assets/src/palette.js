// The palette: a dialog over every page that finds places, accounts and things
// to do while somebody types. Without it the search box leads to a page.
import { closeMenus } from "./menus.js";

const wait = 120; // ms after the last key
const kept = 8; // recent places

let dialog, input, list, timer, asked = 0;

const recentKey = () => `minori-recent:${dialog.dataset.user}`;

function recent() {
  try {
    const list = JSON.parse(localStorage.getItem(recentKey()) ?? "[]");
    return Array.isArray(list) ? list.filter((x) => typeof x.url === "string" && typeof x.title === "string") : [];
  } catch {
    return [];
  }
}

function remember(url, title) {
  if (!url.startsWith("/") || !title) return;
  const next = [{ url, title }, ...recent().filter((x) => x.url !== url)].slice(0, kept);
  try {
    localStorage.setItem(recentKey(), JSON.stringify(next));
  } catch {
    // Nothing is remembered where the browser keeps nothing.
  }
}

const options = () => [...list.querySelectorAll('[role="option"]')];

function choose(option) {
  options().forEach((each) => each.setAttribute("aria-selected", String(each === option)));
  if (!option) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

const chosen = () => list.querySelector('[aria-selected="true"]');

function step(by) {
  const all = options();
  if (all.length > 0) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
}

// recentGroup shows where the reader was, when nothing is typed.
function recentGroup() {
  const here = location.pathname + location.search;
  const places = recent().filter((x) => x.url !== here);
  if (places.length === 0) return;
  const group = document.createElement("ul");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", "palette-recent");
  const head = document.createElement("li");
  head.setAttribute("role", "presentation");
  head.id = "palette-recent";
  head.className = "palette-group";
  head.textContent = dialog.dataset.recent;
  group.append(head);
  places.forEach((place, i) => {
    const option = document.createElement("li");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.id = `palette-recent-${i}`;
    option.className = "palette-option";
    option.dataset.url = place.url;
    const title = document.createElement("span");
    title.className = "palette-title";
    title.textContent = place.title;
    option.append(title);
    group.append(option);
  });
  list.querySelector(".palette-status")?.after(group);
}

async function ask() {
  const mine = ++asked;
  const query = new URLSearchParams({ q: input.value, here: location.pathname + location.search });
  try {
    const answer = await fetch(`${dialog.dataset.url}?${query}`, { headers: { "HX-Request": "true", "HX-Current-URL": location.href }, credentials: "same-origin" });
    const html = await answer.text();
    if (mine !== asked) return;
    if (!answer.ok) return form().submit();
    list.innerHTML = html;
    if (input.value.trim() === "") recentGroup();
    choose(options()[0]);
  } catch {
    // Offline: what is shown stays.
  }
}

const form = () => input.form;

function run(option) {
  if (!option) return;
  const { url, name, value } = option.dataset;
  if (url) {
    remember(url, option.querySelector(".palette-title").textContent);
    dialog.close();
    location.assign(url);
    return;
  }
  const post = document.createElement("form");
  post.method = "post";
  post.action = dialog.dataset.preferences;
  post.hidden = true;
  for (const [key, text] of [[name, value], ["return", location.pathname + location.search]]) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = key;
    field.value = text;
    post.append(field);
  }
  document.body.append(post);
  post.submit();
}

export function openPalette(text = "") {
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return false;
  closeMenus();
  input.value = text;
  dialog.showModal();
  input.focus();
  input.select();
  ask();
  return true;
}

function onKey(event) {
  if (event.isComposing) return; // a Japanese word is being chosen
  const actions = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Home: () => choose(options()[0]),
    End: () => choose(options().at(-1)),
    Enter: () => run(chosen()),
  };
  const action = actions[event.key];
  if (!action || ((event.key === "Home" || event.key === "End") && input.value !== "")) return;
  event.preventDefault();
  action();
}

export function startPalette() {
  dialog = document.getElementById("palette");
  if (!dialog) return;
  input = dialog.querySelector("input");
  list = dialog.querySelector("#palette-list");
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  });
  form().addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("mousemove", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && option !== chosen()) choose(option);
  });
  list.addEventListener("click", (event) => run(event.target.closest('[role="option"]')));
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-palette-close]")) dialog.close();
  });
  // The search box of the frame opens the dialog.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-palette-open]") && openPalette()) event.preventDefault();
  });
  // Pages of one thing are remembered by their heading.
  const heading = document.querySelector("main h1");
  if (heading && location.pathname.split("/").length > 2 && document.title) {
    remember(location.pathname, heading.textContent.trim());
  }
  document.addEventListener("submit", (event) => {
    if (event.target.hasAttribute?.("data-sign-out")) localStorage.removeItem(recentKey());
  });
}
