/* The matrix of an evening: choose cells by dragging or by keys, then block or free them.

   All of it is ease: the form below the matrix does the same without. */

const picked = new Set(); // "teacher-slot", as the cells carry them
let anchor = null; // the cell at which a range begins
let dragging = false;
let before = new Set(); // what was picked when the range began

const matrix = () => document.getElementById("matrix");
const cellOf = (target) => target.closest?.("#matrix [data-cell]");
const lines = () => [...matrix().querySelectorAll(".line")].map((line) => [...line.querySelectorAll("[data-cell]")]);

function place(cell) {
  const rows = lines();
  const row = rows.findIndex((cells) => cells.includes(cell));
  return [row, rows[row]?.indexOf(cell) ?? -1];
}

function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50); // the same text twice is news twice
}

/* What is picked, into the cells and into the form at the bottom. */
function show() {
  if (!matrix()) return;
  const names = new Set();
  for (const cell of matrix().querySelectorAll("[data-cell]")) {
    const on = picked.has(cell.dataset.cell);
    cell.setAttribute("aria-selected", on);
    if (on) names.add(cell.closest("tbody").dataset.name);
  }
  const form = document.getElementById("picked");
  const text = document.getElementById("picked-text");
  const few = [...names].slice(0, 3);
  const more = names.size > few.length ? ` ${text.dataset.more.replace("{count}", names.size - few.length)}` : "";
  text.textContent = text.dataset.words
    .replace("{count}", picked.size)
    .replace("{teachers}", few.join(", ") + more);
  form.hidden = !picked.size;
  document.getElementById("picked-cells").replaceChildren(
    ...[...picked].map((value) => {
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "cells", value });
      return input;
    }),
  );
}

function pickAll(cells, on = true) {
  for (const cell of cells) picked[on ? "add" : "delete"](cell.dataset.cell);
}

/* All cells of the rectangle between the anchor and a cell, on top of what was picked before. */
function stretch(cell) {
  const rows = lines();
  const [[row, column], [toRow, toColumn]] = [place(anchor), place(cell)];
  if (row < 0 || toRow < 0) return;
  picked.clear();
  before.forEach((value) => picked.add(value));
  const [top, bottom] = [Math.min(row, toRow), Math.max(row, toRow)];
  const [left, right] = [Math.min(column, toColumn), Math.max(column, toColumn)];
  for (const cells of rows.slice(top, bottom + 1)) pickAll(cells.slice(left, right + 1));
  show();
}

function begin(cell, keep) {
  anchor = cell;
  if (!keep) picked.clear();
  before = new Set(picked);
}

function focusOn(cell) {
  for (const other of matrix().querySelectorAll('[data-cell][tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
  cell.focus({ preventScroll: false });
}

function toggle(cells) {
  const values = cells.map((cell) => cell.dataset.cell);
  pickAll(cells, !values.every((value) => picked.has(value)));
  show();
  announce(document.getElementById("picked-text").textContent);
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -999], End: [0, 999] };

function key(event) {
  const cell = cellOf(event.target);
  if (!cell) return;
  if (event.key === " ") {
    event.preventDefault();
    toggle([cell]);
    anchor = cell;
    before = new Set(picked);
  } else if (event.key === "Escape") {
    clear();
  } else if (event.key in STEPS) {
    event.preventDefault();
    const rows = lines();
    const [row, column] = place(cell);
    const [down, right] = STEPS[event.key];
    const next = rows[Math.min(Math.max(row + down, 0), rows.length - 1)];
    const target = next[Math.min(Math.max(column + right, 0), next.length - 1)];
    if (event.shiftKey) {
      if (!anchor?.isConnected) begin(cell, true);
      stretch(target);
      announce(document.getElementById("picked-text").textContent);
    } else {
      anchor = null;
    }
    focusOn(target);
  }
}

function clear() {
  picked.clear();
  anchor = null;
  show();
}

document.addEventListener("keydown", key);

document.addEventListener("pointerdown", (event) => {
  const cell = cellOf(event.target);
  if (!cell || event.button || event.pointerType === "touch") return;
  event.preventDefault(); // no text is selected on the way
  const keep = event.ctrlKey || event.metaKey;
  if (event.shiftKey && anchor?.isConnected) {
    stretch(cell);
  } else {
    const only = picked.size === 1 && picked.has(cell.dataset.cell);
    begin(cell, keep);
    if (only) clear();
    else stretch(cell);
  }
  dragging = Boolean(anchor);
  focusOn(cell);
});

document.addEventListener("pointerover", (event) => {
  const cell = dragging && cellOf(event.target);
  if (cell) stretch(cell);
});

document.addEventListener("pointerup", () => {
  if (dragging) announce(document.getElementById("picked-text").textContent);
  dragging = false;
});

document.addEventListener("click", (event) => {
  const head = event.target.closest?.(".pick");
  if (head?.dataset.row) toggle([...head.closest(".line").querySelectorAll("[data-cell]")]);
  if (head?.dataset.column) toggle([...matrix().querySelectorAll(`[data-cell$="-${head.dataset.column}"]`)]);
  const cell = cellOf(event.target);
  if (cell && event.pointerType === "touch") toggle([cell]);
});

document.addEventListener("reset", (event) => {
  if (event.target.id === "picked") clear();
});

/* After a poll: what is picked stays, also in rows that came anew. */
function begun() {
  if (!matrix()) return;
  matrix().setAttribute("role", "grid");
  matrix().setAttribute("aria-multiselectable", "true");
  const cells = [...matrix().querySelectorAll("[data-cell]")];
  const values = new Set(cells.map((cell) => cell.dataset.cell));
  for (const value of picked) if (!values.has(value)) picked.delete(value);
  let current = null;
  for (const cell of cells) {
    if (cell.tabIndex === 0 && !current) current = cell;
    else cell.tabIndex = -1;
  }
  if (!current && cells.length) cells[0].tabIndex = 0;
  show();
}

const KEPT = new Set(["tabindex", "aria-selected", "aria-multiselectable", "role"]);

htmx.registerExtension("evenings", {
  // What was opened stays open, and what is picked stays picked while the rest is renewed.
  htmx_before_morph_attr: (element, { attrName }) =>
    !(element.tagName === "DETAILS" && attrName === "open") &&
    !(KEPT.has(attrName) && element.closest("#matrix")),
});

document.addEventListener("htmx:after:swap", begun);

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx.sourceElement.id === "poll") event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.getElementById("poll")?.dispatchEvent(new CustomEvent("every"));
});

document.documentElement.dataset.picks = "";
for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;
begun();
