/* The reservation table: keeps list, table, strip and tray in step, and each child's chosen times in memory.

   Progressive enhancement only: the form works without it. The tab keeps what is not reserved yet (kept.js). */

const chosen = new Map(); // child id -> Map of cell value -> {offer, from, to, time, teacher}
let said = ""; // the sentence above the button, until the next tap
let swap = null; // the response about to replace the table, and where the focus was

const find = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const table = () => document.getElementById("table");
const child = () => table().dataset.child;
const box = (value) => document.getElementById(`l${value}`) ?? document.getElementById(`t${value}`);

function choice(id = child()) {
  if (!chosen.has(id)) chosen.set(id, new Map());
  return chosen.get(id);
}

/* A sentence the server wrote, with its gaps filled. */
function words(name, values = {}) {
  const text = find(`[data-word="${name}"]`)?.textContent.trim() ?? "";
  return text.replace(/\{(\w+)\}/g, (gap, key) => values[key] ?? gap);
}

function announce(text) {
  const status = document.getElementById("status");
  status.textContent = "";
  setTimeout(() => (status.textContent = text), 50); // the same text twice is news twice
}

const column = (offer) => find(`[data-offer="${offer}"]`)?.dataset;

/* A cell's value is slot and offer; its times are minutes since the epoch. */
function read(value) {
  const [slot, offer] = value.split("-");
  const { teacher, minutes } = column(offer);
  const from = +table().dataset.slots.match(`(?:^| )${slot}:(\\d+)`)[1];
  const day = box(value).closest("[data-day]")?.dataset.day;
  const time = box(value).nextElementSibling.textContent;
  // In one piece, where a line breaks.
  const moment = day ? `${day} · ${time}`.replaceAll(" ", "\u00a0") : time;
  return { offer, teacher, from, to: from + +minutes, time: moment };
}

/* What is said of a time that leaves too little to walk, and which one does not. */
function warning({ dataset: { near, fits } }, cell) {
  if (!near) return "";
  return `${words(`near-${near}`, cell)} ${fits ? words("fits", { time: fits }) : ""}`;
}

/* One talk per teacher, one talk at a time, no more than the round allows. */
function pick(value) {
  const cell = read(value);
  const own = choice();
  const clashes = (other) => other.from < cell.to && cell.from < other.to;
  const kept = [...own.values()].filter((other) => other.offer !== cell.offer && !clashes(other));
  if (kept.length >= +table().dataset.remaining) {
    said = words("full");
    announce(said);
    return;
  }
  said = warning(box(value), cell);
  for (const [id, cells] of chosen) {
    for (const [key, other] of cells) {
      const instead = cells === own && other.offer === cell.offer;
      if (!instead && !clashes(other)) continue;
      cells.delete(key);
      const name = find(`.children [data-child="${id}"] bdi`)?.textContent;
      if (!instead) said = words(cells === own ? "clash" : "sibling", { ...other, child: name });
    }
  }
  own.set(value, cell);
  announce(`${words("picked", cell)} ${said}`);
}

function change({ target }) {
  if (target.name !== "cells") return;
  said = "";
  if (target.checked) {
    pick(target.value);
  } else {
    announce(words("dropped", choice().get(target.value)));
    choice().delete(target.value);
  }
  show();
}

/* Write the choice into list, table, strip, tray and the other children's names. */
function show() {
  for (const input of all('#table [name="cells"]')) input.checked = choice().has(input.value);
  const cells = [...choice().values()].sort((a, b) => a.from - b.from);
  const waiting = showWaiting();
  const line = document.getElementById("chosen");
  if (line) {
    line.dataset.hint ??= line.textContent.trim();
    if (cells.length) line.replaceChildren(`${words(`chosen-${cells.length}`)} `, ...named(cells));
    else line.textContent = waiting.join(" ") || line.dataset.hint;
    const sentence = document.getElementById("said");
    sentence.textContent = said;
    sentence.hidden = !said;
  }
  const button = document.getElementById("book");
  if (button) {
    button.dataset.hint ??= button.textContent.trim();
    button.textContent = words(`book-${cells.length}`) || button.dataset.hint;
    document.getElementById("together").hidden = cells.length < 2;
  }
  showPlans();
  const waits = [...chosen].filter(([, cells]) => cells.size).map(([id, cells]) => [id, [...cells]]);
  kept.write("ticks", { ...kept.read("ticks", {}), [table().dataset.round]: Object.fromEntries(waits) });
}

/* A number at the name of each other child with a choice that is not reserved, and the same in words. */
function showWaiting() {
  return all(".children [data-child]").flatMap((link) => {
    const number = link.dataset.child === child() ? 0 : choice(link.dataset.child).size;
    link.querySelector(".waiting").textContent = number || "";
    const name = link.querySelector("bdi").textContent;
    return number ? [words("waiting", { child: name, number })] : [];
  });
}

function named(cells) {
  return cells.flatMap((cell, index) => {
    const teacher = document.createElement("bdi");
    teacher.textContent = cell.teacher;
    return [index ? ", " : "", `${cell.time} `, teacher];
  });
}

/* What is chosen but not reserved, as outlines between the talks of the evening. */
function showPlans() {
  for (const old of all(".strip-plan")) old.remove();
  const cells = [...chosen.values()].flatMap((own) => [...own.values()]);
  for (const line of all(".strip svg")) {
    const [from, to] = [+line.dataset.from, +line.dataset.to];
    for (const cell of cells.filter((cell) => from <= cell.from && cell.from < to)) {
      const plan = document.createElementNS(line.namespaceURI, "rect");
      const percent = (minutes) => `${(minutes / (to - from)) * 100}%`;
      const values = { x: percent(cell.from - from), width: percent(cell.to - cell.from) };
      for (const [key, value] of Object.entries({ ...values, y: 4, height: 24, rx: 5 })) {
        plan.setAttribute(key, value);
      }
      plan.classList.add("strip-plan");
      line.append(plan);
    }
  }
}

/* After an answer: let go of what is not free any more, and say so where nothing else does. */
function forget(method) {
  const late = document.getElementById("too-late");
  if (late && [...chosen.values()].some((cells) => cells.size)) {
    late.hidden = false;
    announce(late.textContent);
    chosen.clear();
  }
  if (!document.getElementById("chosen")) return; // while moving, the choice waits
  const lost = [];
  for (const [value, cell] of choice()) {
    if (box(value)) continue;
    choice().delete(value);
    if (method === "GET" && column(cell.offer)?.state !== "mine") lost.push(words("taken", cell));
  }
  for (const value of [...choice().keys()].slice(table().dataset.remaining)) {
    choice().delete(value); // the other parent has reserved meanwhile
    if (!lost.includes(words("full"))) lost.push(words("full"));
  }
  if (lost.length) {
    said = lost.join(" ");
    announce(said);
  }
  for (const input of all('#messages [name="cells"]')) {
    if (!box(input.value)) input.closest("li").remove();
  }
}

function beforeSwap(event) {
  const { ctx } = event.detail;
  swap = null;
  // Asked without a form, at the opening or when going back: an error page is no table.
  if (ctx.response?.status >= 400 && ctx.sourceElement === document.body) {
    event.preventDefault();
    failed(event);
    return;
  }
  if (ctx.swap === "none") return; // a poll without news
  const focus = document.activeElement;
  swap = {
    child: table()?.dataset.child,
    method: ctx.request.method,
    refused: ctx.response.status >= 400,
    polled: ctx.sourceElement.id === "poll",
    led: ctx.sourceElement.id === "next",
    booked: ctx.sourceElement.id === "choose" && !find("#moving"),
    focused: focus !== document.body && table()?.contains(focus),
    heading: focus?.closest(".teacher")?.querySelector("h2").id,
  };
}

function afterSwap() {
  if (!table() || !swap) return;
  if (!swap.polled) {
    said = "";
    for (const sheet of all(".sheet:popover-open")) sheet.hidePopover();
  }
  document.title = table().dataset.title;
  forget(swap.method);
  show();
  const message = find("#messages :is(summary, .notice)");
  const lost = swap.focused && document.activeElement === document.body;
  if (lost || (swap.refused && message)) {
    const heading = document.getElementById(swap.heading);
    (message ?? find("#moving") ?? heading ?? find("#table-title")).focus();
  }
  const next = swap.booked && !swap.refused && find("#next[data-leads]");
  const lines = swap.method === "POST" || swap.led ? all("#messages :is(summary, p)") : [];
  const news = lines.map((line) => line.textContent.trim());
  if (swap.child !== child()) {
    news.push(table().dataset.name, document.getElementById("chosen")?.innerText ?? "");
    const list = document.getElementById("choose");
    if (list?.getBoundingClientRect().top < 0) list.scrollIntoView();
  }
  if (news.length && !next) announce(news.join(". ").replace(/\s+/g, " "));
  swap = null;
  next?.click?.(); // what was reserved is said there
}

function failed({ detail }) {
  if (!detail.ctx || detail.ctx.sourceElement.id === "poll") return;
  said = words("offline");
  announce(said);
  show();
}

htmx.registerExtension("table", {
  // What was opened stays open; a poll, and going on to the next child, leave messages where they are.
  htmx_before_morph_attr: (element, { attrName }) =>
    !(element.tagName === "DETAILS" && attrName === "open"),
  htmx_before_morph_node: (element) => !(element.id === "messages" && (swap?.polled || swap?.led)),
});

document.addEventListener("change", change);
document.addEventListener("htmx:before:swap", beforeSwap);
document.addEventListener("htmx:after:swap", afterSwap);
document.addEventListener("htmx:error", failed);

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { body } = ctx.request; // list and table both hold the tick
  const values = new Set(body.getAll("cells"));
  body.delete("cells");
  for (const value of values) body.append("cells", value);
});

document.addEventListener("submit", (event) => {
  if (event.target.id !== "choose" || event.submitter?.id !== "book" || choice().size) return;
  event.preventDefault();
  event.stopPropagation();
  said = words("none");
  announce(said);
  show();
}, { capture: true });

document.addEventListener("htmx:before:request", (event) => {
  if (document.hidden && event.detail.ctx.sourceElement.id === "poll") event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.getElementById("poll")?.dispatchEvent(new CustomEvent("every"));
});

// The form that led here, if any, was sent or left (typed.js).
kept.write("typed", kept.read("typed", []).filter((it) => it.session !== kept.session));

/* What this tab kept while one was elsewhere, and what the server ticked; said anew, perhaps in another language. */
for (const [id, cells] of Object.entries(kept.read("ticks", {})[table().dataset.round] ?? {})) {
  chosen.set(id, new Map(cells));
}
for (const value of [...choice().keys(), ...all('#table [name="cells"]:checked').map((input) => input.value)]) {
  if (document.getElementById("chosen") && box(value)) choice().set(value, read(value));
}
forget("GET");
show();
// The server takes a browser that does not say it is of a phone for wide; a narrow window wants the list.
if (table().dataset.guessed === "table" && !matchMedia("(min-width: 40rem)").matches) {
  const list = document.getElementById("view-list");
  if (list) htmx.ajax("GET", list.href, { target: "#table", swap: "outerMorph" });
}
setTimeout(() => document.body.append(document.getElementById("later").content), 30_000);
