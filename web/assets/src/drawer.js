// The drawer is filled by htmx (hx-target="#drawer") and closed here.
let opener = null;

const host = () => document.getElementById("drawer");

export function closeDrawer() {
  const drawer = host();
  if (!drawer || !drawer.firstElementChild) return false;
  drawer.replaceChildren();
  opener?.focus?.();
  opener = null;
  return true;
}

export function startDrawer() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target === host()) opener = event.detail.elt;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== host()) return;
    host().querySelector("h2")?.focus();
    document.dispatchEvent(new CustomEvent("minori:charts"));
  });
  document.addEventListener("click", (event) => {
    const close = event.target.closest?.("[data-close-drawer]");
    if (close && host()?.contains(close) && closeDrawer()) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && closeDrawer()) event.preventDefault();
  });
}
