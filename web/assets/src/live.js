// Keeps open pages up to date. The server says by name what has changed; each
// name becomes an event on body, for hx-trigger="calls from:body", and the main
// part of a page that names it in data-refresh is read again.
import htmx from "htmx.org";
import { entered } from "./fields.js";

const names = ["calls", "scores", "notices", "imports", "work"];
const slowest = 5 * 60 * 1000; // ms between attempts
const calm = 5000; // ms between two readings of a page

let channel = null;
let delay = 1000;
let missed = false;

function fire(name) {
  document.body.dispatchEvent(new CustomEvent(name));
}

function spread(name) {
  channel?.postMessage(name);
  fire(name);
}

function connect(url) {
  const source = new EventSource(url);
  source.onopen = () => {
    delay = 1000;
    if (missed) names.forEach(spread); // while nobody listened anything may have changed
    missed = false;
  };
  source.onerror = () => {
    missed = true;
    if (source.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(() => connect(url), delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, slowest);
  };
  names.forEach((name) => source.addEventListener(name, () => spread(name)));
  return source;
}

// Only one tab of a browser holds the stream and tells the others. Where tabs
// cannot agree on one, each holds its own while it is seen.
function listen(url) {
  if ("BroadcastChannel" in window && navigator.locks) {
    channel = new BroadcastChannel("minori-live");
    channel.onmessage = (event) => names.includes(event.data) && fire(event.data);
    navigator.locks.request("minori-live", () => {
      connect(url);
      return new Promise(() => {}); // held as long as the tab lives
    });
    return;
  }
  let source = null;
  const follow = () => {
    if (document.hidden) {
      source?.close();
      source = null;
      missed = true;
    } else source ??= connect(url);
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

// busy reports whether somebody is at work in a part of the page that reading
// it again would disturb.
function busy(main) {
  const at = document.activeElement;
  if (main.contains(at) && at.matches("input, textarea, select, [contenteditable]")) return true;
  if (document.querySelector("dialog[open], details.menu[open], details.filter-add[open]")) return true;
  if (!window.getSelection()?.isCollapsed) return true;
  return [...main.querySelectorAll("input, textarea, select")].some(entered);
}

async function refresh(main) {
  let html;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) return;
    html = await answer.text();
  } catch {
    return; // offline: what is shown stays
  }
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("main");
  if (!fresh || busy(main)) return;
  const open = [...main.querySelectorAll("details")].map((each) => each.open);
  const at = document.activeElement;
  const focused = main.contains(at) ? at.getAttribute("href") : null;
  const said = [...main.querySelectorAll("[data-said]")]; // of what was done; the server says it once
  main.replaceChildren(...fresh.childNodes);
  said.forEach((each) => (each.id ? document.getElementById(each.id)?.replaceWith(each) : main.prepend(each)));
  const details = [...main.querySelectorAll("details")];
  if (details.length === open.length) details.forEach((each, i) => (each.open = open[i]));
  if (focused) main.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  htmx.process(main);
  document.dispatchEvent(new CustomEvent("minori:charts"));
}

function keepFresh(main) {
  const wanted = (main.dataset.refresh ?? "").split(" ").filter(Boolean);
  if (wanted.length === 0) return;
  let last = 0;
  let timer = 0;
  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(attempt, ms);
  };
  const attempt = () => {
    if (document.hidden || busy(main)) return later(calm);
    const wait = last + calm - Date.now();
    if (wait > 0) return later(wait);
    last = Date.now();
    refresh(main);
  };
  wanted.forEach((name) => document.body.addEventListener(name, () => later(300)));
}

export function startLive() {
  const url = document.body.dataset.live;
  if (!url || !("EventSource" in window)) return;
  listen(url);
  const main = document.getElementById("main");
  if (main) keepFresh(main);
}
