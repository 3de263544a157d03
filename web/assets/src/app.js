// What the pages gain when scripts run. Everything works without this file.
import htmx from "htmx.org";
import { startProblems } from "./problems.js";
import { startPreferences } from "./preferences.js";
import { startMenus } from "./menus.js";
import { startDrawer } from "./drawer.js";
import { startEditor } from "./editor.js";
import { startKeyboard } from "./keyboard.js";
import { startPalette } from "./palette.js";
import { startWorklist } from "./worklist.js";
import { startLive } from "./live.js";
import { startWall, startWallButtons } from "./wall.js";
import { startLists } from "./lists.js";

// The content security policy allows neither inline styles nor eval.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.historyCacheSize = 0;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "[45]..", swap: true, error: true }, // what went wrong is put over the page
];
htmx.config.defaultSettleDelay = 0; // what was put in answers keys and clicks at once

startPreferences();
startMenus();
startDrawer();
startKeyboard();
startEditor();
startPalette();
startWorklist();
startLists();
startLive();
startWall();
startWallButtons();

// A form with data-confirm asks before it is sent.
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// A select or date with data-auto-submit sends its form when it changes.
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-auto-submit]")) event.target.form?.requestSubmit();
});

startProblems();

// A message can be put away.
document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".notice")?.remove();
});
