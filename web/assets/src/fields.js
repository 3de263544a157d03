// entered reports whether a field holds something else than the page came with.
export function entered(field) {
  if (field.matches('[type="checkbox"], [type="radio"]')) return field.checked !== field.defaultChecked;
  if (field.matches("select")) return [...field.options].some((o) => o.selected !== o.defaultSelected) && field.selectedIndex > 0;
  return field.type !== "hidden" && field.value !== field.defaultValue;
}
