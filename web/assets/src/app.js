// What the pages gain when scripts run. Everything works without this file.
import htmx from "htmx.org";
import { startPreferences } from "./preferences.js";
import { startMenus } from "./menus.js";
import { startDrawer } from "./drawer.js";
import { startKeyboard } from "./keyboard.js";

// The content security policy allows neither inline styles nor eval.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.historyCacheSize = 0;

startPreferences();
startMenus();
startDrawer();
startKeyboard();

// A form with data-confirm asks before it is sent.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A select or date with data-auto-submit sends its form when it changes.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-auto-submit]")) event.target.form?.requestSubmit();
});

// A message can be put away.
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".notice")?.remove();
});
