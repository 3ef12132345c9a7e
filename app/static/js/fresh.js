/* Going back, some browsers show a page as they kept it: with what was said once, and with talks that have
   changed since. Such a page is loaded anew; where somebody has typed, it stays for the same person, and only what was
   said goes. What is ticked in the reservation table is no reason to stay: the tab keeps it (kept.js). */

const changed = (field) => {
  if (!field.options) return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  const options = [...field.options];
  return field.value !== (options.find((it) => it.defaultSelected) ?? options[0])?.value;
};
const typed = () => [...document.querySelectorAll("main :is(input, select, textarea)")].some(changed);
const isOwn = () => globalThis.kept?.isOwn() ?? true;

addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  if (document.getElementById("table") || !typed() || !isOwn()) location.reload();
  for (const line of document.querySelectorAll("[data-said]")) line.remove();
});
