// Menus are <details>; with scripts only one is open, and Escape or a click
// elsewhere closes it.
const open = () => document.querySelectorAll("details.menu[open], details.filter-add[open]");

export function closeMenus(except) {
  let closed = false;
  open().forEach((menu) => {
    if (menu === except) return;
    if (menu.contains(document.activeElement)) document.activeElement.blur(); // by itself it stays there until the next frame
    menu.open = false;
    closed = true;
  });
  return closed;
}

export function startMenus() {
  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest?.("details.menu, details.filter-add"));
    const opener = event.target.closest?.("[data-open]");
    if (opener) {
      closeMenus();
      document.getElementById(opener.dataset.open)?.showModal();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = open()[0];
    if (!menu) return;
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
    event.stopImmediatePropagation();
  });
}
