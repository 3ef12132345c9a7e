/* Says on a page which times wait in this tab: chosen in a child's table, and not reserved. */

function showTicks() {
  const rounds = kept.read("ticks", {});
  for (const notice of document.querySelectorAll("[data-round][data-child].notice")) {
    const { round, child } = notice.dataset;
    const number = rounds[round]?.[child]?.length ?? 0;
    const words = notice.querySelector("span");
    words.dataset.words ??= words.textContent;
    words.textContent = words.dataset.words.replace("{number}", number);
    notice.hidden = !number;
  }
}

showTicks();
addEventListener("pageshow", showTicks); // also after going back to a page that the browser kept
