// Theme and rail change at once; the server keeps the choice.
const root = document.documentElement;

function apply(name, value) {
  if (name === "theme") {
    root.dataset.theme = value;
    document.querySelectorAll('button[name="theme"]').forEach((button) => {
      button.setAttribute("aria-pressed", String(button.value === value));
    });
    document.dispatchEvent(new CustomEvent("minori:theme"));
  }
  if (name === "rail") {
    root.dataset.rail = value;
    document.querySelectorAll('button[name="rail"]').forEach((button) => {
      button.value = value === "collapsed" ? "open" : "collapsed";
      button.setAttribute("aria-expanded", String(value === "open"));
    });
    window.dispatchEvent(new Event("resize"));
  }
}

export function startPreferences() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!form.matches("[data-preferences]") || !button || button.name === "lang") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, button.value);
    apply(button.name, button.value);
    fetch(form.action, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {
      // The choice holds for this page; the next one asks the server again.
    });
  });
}
