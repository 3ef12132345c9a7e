/* Going back, some browsers show a page as they kept it: with what was said once, and with talks that have
   changed since. Such a page is loaded anew; where somebody has typed, it stays, and only what was said goes. What is
   ticked in the reservation table is no reason to stay: the tab keeps it (kept.js). */

const typed = () =>
  [...document.querySelectorAll("main :is(input, textarea)")].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );

addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  if (document.getElementById("table") || !typed()) location.reload();
  for (const line of document.querySelectorAll("[data-said]")) line.remove();
});
