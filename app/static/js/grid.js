/* The table of times by the keyboard: Tab stops once in each evening, and arrows go from cell to cell, as in the grid
   pattern of the WAI-ARIA practices. Tab would else stop at every free time on the way to the button.

   Progressive enhancement only: without it each box is a stop of its own, and the table is no grid. */

const places = new Map(); // id of an evening -> [row, column] of the cell where the focus was last
let held = null; // the id of the evening that had the focus before a swap

const eveningOf = (element) => element?.closest?.("#as-table .scroll");
const rowsOf = (evening) => [...evening.querySelectorAll("tr:not(.pause)")];

/* Where the focus can be in a cell: on what can be used there, else on the cell. A head is read with its cells. */
function stopsOf(cell) {
  const used = [...cell.querySelectorAll("input, a, button")];
  return used.length || cell.tagName === "TH" ? used : [cell];
}

const stopsIn = (row) => [...row.cells].flatMap(stopsOf);

function placeOf(stop) {
  const cell = stop.closest("td, th");
  return [rowsOf(eveningOf(stop)).indexOf(cell.parentElement), cell.cellIndex];
}

function stopAt(evening, [row, column] = []) {
  const cell = rowsOf(evening)[row]?.cells[column];
  return cell && stopsOf(cell)[0];
}

/* Make each evening a grid with one stop: where the focus was, else what is chosen, else the first free time. */
function makeGrids() {
  for (const evening of document.querySelectorAll("#as-table .scroll")) {
    const stops = rowsOf(evening).flatMap(stopsIn);
    const entry =
      stopAt(evening, places.get(evening.id)) ??
      stops.find(({ checked }) => checked) ??
      stops.find(({ name }) => name === "cells") ??
      stops[0];
    for (const stop of stops) stop.tabIndex = stop === entry ? 0 : -1;
    evening.querySelector("table").setAttribute("role", "grid");
    evening.removeAttribute("tabindex"); // its stop scrolls it
  }
}

function stopBeside(stop, key, whole) {
  const rows = rowsOf(eveningOf(stop));
  const [at, column] = placeOf(stop);
  const line = stopsIn(rows[at]);
  const all = rows.flatMap(stopsIn);
  const inColumn = (below) => below.map((row) => stopsOf(row.cells[column])[0]).find(Boolean);
  const beside = {
    ArrowRight: () => line[line.indexOf(stop) + 1],
    ArrowLeft: () => line[line.indexOf(stop) - 1],
    ArrowDown: () => inColumn(rows.slice(at + 1)),
    ArrowUp: () => inColumn(rows.slice(0, at).reverse()),
    Home: () => (whole ? all : line).at(0),
    End: () => (whole ? all : line).at(-1),
  };
  return beside[key]?.();
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.metaKey || event.shiftKey || !eveningOf(event.target)) return;
  const next = stopBeside(event.target, event.key, event.ctrlKey);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.closest("td, th").scrollIntoView({ block: "nearest", inline: "nearest" }); // all of it
});

document.addEventListener("focusin", ({ target }) => {
  const evening = eveningOf(target);
  if (!evening) return;
  places.set(evening.id, placeOf(target));
  for (const stop of evening.querySelectorAll('[tabindex="0"]')) stop.tabIndex = -1;
  target.tabIndex = 0;
});

document.addEventListener("htmx:before:swap", () => {
  held = eveningOf(document.activeElement)?.id;
});

/* A cell that was written anew, by a poll or an answer, has lost the focus and its place in the order of the keys. */
document.addEventListener("htmx:after:swap", () => {
  makeGrids();
  const evening = document.getElementById(held);
  if (!evening || document.activeElement !== document.body) return;
  stopAt(evening, places.get(held))?.focus({ preventScroll: true });
});

makeGrids();
