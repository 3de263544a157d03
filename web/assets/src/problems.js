// What goes wrong with part of a page is said over it. The server names the
// place; where it gives no answer, the page says so itself.
import { entered } from "./fields.js";

const host = () => document.getElementById("problems");

// typed reports whether something was entered that leaving the page would lose.
function typed() {
  const fields = document.querySelectorAll("#main :is(input, textarea, select), #drawer :is(input, textarea, select)");
  return [...fields].some((field) => field.type !== "search" && entered(field));
}

function noAnswer() {
  const words = document.getElementById("no-answer")?.content.cloneNode(true);
  if (words) host()?.replaceChildren(words);
}

export function startProblems() {
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.getResponseHeader("HX-Retarget")) return;
    event.detail.shouldSwap = false; // of somebody in between, such as a proxy
    noAnswer();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== host() || event.detail.xhr?.status !== 401 || typed()) return;
    const signIn = host().querySelector("[data-away]")?.getAttribute("href");
    if (signIn) window.location.assign(signIn);
  });
  document.addEventListener("htmx:sendError", noAnswer);
  document.addEventListener("htmx:timeout", noAnswer);
}
