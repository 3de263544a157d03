// A dashboard on a wall: the next one after some seconds, and the whole screen.
// The page is exchanged in place, since leaving it would leave full screen.
import htmx from "htmx.org";

async function turn(wall) {
  try {
    const answer = await fetch(wall.dataset.next, { credentials: "same-origin" });
    const next = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    if (next?.querySelector(".wall")) {
      const main = document.getElementById("main");
      main.replaceChildren(...next.childNodes);
      history.replaceState(null, "", wall.dataset.next);
      htmx.process(main);
    }
  } catch {
    // Offline: what is shown stays until the next turn.
  }
  startWall();
}

export function startWall() {
  const wall = document.querySelector(".wall[data-rotate]");
  if (!wall) return;
  setTimeout(() => turn(wall), Number(wall.dataset.rotate) * 1000);
}

export function startWallButtons() {
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-fullscreen]")) document.documentElement.requestFullscreen?.();
  });
}
