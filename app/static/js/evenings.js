/* The matrix of an evening: choose cells by dragging or by keys, then block or free them.

   Progressive enhancement only: the form below the matrix does the same without a script. */

const picked = new Set(); // "teacher-slot", as the cells carry them
let anchor = null; // the cell at which a range begins
let dragging = false;
let before = new Set(); // what was picked when the range began

const matrix = () => document.getElementById("matrix");
const cellOf = (target) => target.closest?.("#matrix [data-cell]");
const wide = matchMedia("(width >= 60rem)"); // less shows a block per teacher, which has no cells

/* What the arrow keys walk over: the times on top; per teacher the name, the whole evening, the cells. */
const STOP = "summary, .pick, [data-cell]";
const FIRST = 2; // where the cells begin
const stopOf = (target) => wide.matches && target.closest?.(`#matrix :is(${STOP})`);
const stops = () => [
  [null, null, ...matrix().querySelectorAll("[data-column]")],
  ...[...matrix().querySelectorAll(".line")].map((line) => [...line.querySelectorAll(STOP)]),
];

function place(rows, stop) {
  const row = rows.findIndex((row) => row.includes(stop));
  return [row, rows[row]?.indexOf(stop) ?? -1];
}

function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50); // the same text twice is news twice
}

/* What is picked, into the cells, into the heads of which all is picked, and into the form at the bottom. */
function show() {
  if (!matrix()) return;
  const names = new Set();
  const partly = new Set(); // rows and columns with a cell that is not picked
  for (const cell of matrix().querySelectorAll("[data-cell]")) {
    const on = picked.has(cell.dataset.cell);
    cell.setAttribute("aria-selected", on);
    if (on) names.add(cell.closest("tbody").dataset.name);
    else for (const id of cell.dataset.cell.split("-").entries()) partly.add(id.join());
  }
  for (const head of matrix().querySelectorAll(".pick")) {
    const { row, column } = head.dataset;
    head.setAttribute("aria-pressed", !partly.has(row ? `0,${row}` : `1,${column}`));
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
  const rows = stops();
  const [[row, column], [toRow, toColumn]] = [place(rows, anchor), place(rows, cell)];
  if (row < 0 || toRow < 0) return;
  picked.clear();
  for (const value of before) picked.add(value);
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

function toggle(cells) {
  const values = cells.map((cell) => cell.dataset.cell);
  pickAll(cells, !values.every((value) => picked.has(value)));
  show();
  announce(document.getElementById("picked-text").textContent);
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const KEYS = new Set([...Object.keys(STEPS), "Home", "End"]);
const between = (low, value, high) => Math.min(Math.max(low, value), high);

/* Where a key leads; the corner above the names is nothing, and Shift stays on the cells. */
function next(stop, { key, ctrlKey, shiftKey }) {
  const rows = stops();
  const [row, column] = place(rows, stop);
  const [last, end] = [rows.length - 1, rows[row].length - 1];
  if (key === "Home") return rows[ctrlKey ? 1 : row][FIRST];
  if (key === "End") return rows[ctrlKey ? last : row][end];
  const [down, right] = STEPS[key];
  const [top, left] = shiftKey ? [1, FIRST] : [0, 0];
  return rows[between(top, row + down, last)][between(left, column + right, end)];
}

function key(event) {
  const stop = stopOf(event.target);
  if (!stop || event.altKey) return;
  const cell = cellOf(stop);
  if (event.key === " " && cell) {
    event.preventDefault();
    toggle([cell]);
    anchor = cell;
    before = new Set(picked);
  } else if (event.key === "Escape") {
    clear();
  } else if (KEYS.has(event.key)) {
    event.preventDefault();
    const target = next(stop, event);
    if (event.shiftKey && cell) {
      if (!anchor?.isConnected) begin(cell, true);
      stretch(target);
      announce(document.getElementById("picked-text").textContent);
    } else {
      anchor = null;
    }
    target?.focus();
  }
}

function clear() {
  picked.clear();
  anchor = null;
  show();
}

document.addEventListener("keydown", key);

/* The Tab key stops once in the grid: where one was last. */
document.addEventListener("focusin", (event) => {
  const stop = stopOf(event.target);
  if (!stop) return;
  for (const other of matrix().querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  stop.tabIndex = 0;
});

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
  cell.focus();
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

/* Signed in again: what was picked when the session ended. */
document.addEventListener("typed:back", ({ target, detail }) => {
  if (target.id !== "picked") return;
  for (const [, value] of detail) picked.add(value);
  begun();
});

/* At first, after a poll, and when the window gets wider or narrower. What is picked stays. */
function begun() {
  if (!matrix()) return;
  for (const [name, value] of [["role", "grid"], ["aria-multiselectable", "true"]]) {
    if (wide.matches) matrix().setAttribute(name, value);
    else matrix().removeAttribute(name);
  }
  const values = new Set([...matrix().querySelectorAll("[data-cell]")].map((cell) => cell.dataset.cell));
  for (const value of picked) if (!values.has(value)) picked.delete(value);
  const current = matrix().querySelector('[tabindex="0"]') ?? matrix().querySelector("[data-cell]");
  for (const stop of matrix().querySelectorAll(STOP)) stop.tabIndex = stop === current ? 0 : -1;
  if (!wide.matches) for (const name of matrix().querySelectorAll("summary")) name.removeAttribute("tabindex");
  show();
}

const KEPT = new Set(["tabindex", "aria-selected", "aria-pressed", "aria-multiselectable", "role"]);

htmx.registerExtension("evenings", {
  // What was opened stays open, and what is picked stays picked while the rest is renewed.
  htmx_before_morph_attr: (element, { attrName }) =>
    !(element.tagName === "DETAILS" && attrName === "open") &&
    !(KEPT.has(attrName) && element.closest("#matrix")),
});

document.addEventListener("htmx:after:swap", begun);
wide.addEventListener("change", begun);

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx.sourceElement.id === "poll") event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.getElementById("poll")?.dispatchEvent(new CustomEvent("every"));
});

document.documentElement.dataset.picks = "";
for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;
begun();
