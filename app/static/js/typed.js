/* What was typed when a session ended: the next session of the same person in this tab finds it again.

   Each form of a page that goes is kept, if something was done in it. The next page of the same session throws it
   away: it was sent, or left on purpose. One of another session fills it in where its form is. Passwords, files and
   tokens are never kept. */

const LIFE = 12 * 3600_000; // milliseconds, as long as a family's session
const LARGEST = 200_000; // characters of one form
const MOST = 10; // forms
const TOKENS = new Set(["csrf_token", "submission", "marker", "do"]);
const UNTYPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

const { failed, sent } = document.body.dataset;
const here = location.pathname + location.search;
const touched = new Set(); // forms in which something was done
let going = false; // what is kept stands as it is
let broken = false; // a part of the page did not come, so the page has to be loaded again

const fields = (form) => [...form.elements].filter((it) => it.name && it.matches("input, select, textarea"));
const typedIn = (form) => fields(form).filter((it) => !UNTYPED.has(it.type));
const ticks = (it) => it.type === "checkbox" || it.type === "radio";

/* Where a form is sent, and what it is about: its hidden fields, unless a script or the server writes them. */
function about(form) {
  const target = new URL(form.getAttribute("action") || location.href, location.href);
  const fixed = form.dataset.kept ? [] : fields(form).filter((it) => it.type === "hidden" && !TOKENS.has(it.name));
  const path = target.pathname + target.search;
  return { path, name: JSON.stringify([path, ...fixed.map((it) => [it.name, it.value])]) };
}

/* The page's forms by name; where several are alike, by their order too. */
function forms() {
  const found = new Map();
  for (const form of document.querySelectorAll("main form[method=post]")) {
    let { name, path } = about(form);
    while (found.has(name)) name += " ";
    if (form.dataset.kept || typedIn(form).length) found.set(name, { form, path });
  }
  return found;
}

/* What a form holds, as it would be sent; one that is written anew by others, with its hidden fields. */
function held(form) {
  const names = new Set((form.dataset.kept ? fields(form) : typedIn(form)).map((it) => it.name));
  for (const it of fields(form)) if (TOKENS.has(it.name) || it.matches("[type=password], [type=file]")) names.delete(it.name);
  return [...new FormData(form)].filter(([name]) => names.has(name));
}

function fill(form, pairs) {
  const values = Object.fromEntries(pairs.map(([name]) => [name, []]));
  for (const [name, value] of pairs) values[name].push(value);
  for (const it of typedIn(form)) {
    const all = values[it.name] ?? [];
    if (ticks(it)) it.checked = all.includes(it.value);
    else if (it.multiple && it.options) for (const one of it.options) one.selected = all.includes(one.value);
    else it.value = all.shift() ?? it.value; // several may have one name
  }
  form.dispatchEvent(new CustomEvent("typed:back", { bubbles: true, detail: pairs }));
}

/* Let the server write the form: it may have more parts than the page has. */
function redraw(form, pairs) {
  const again = document.createElement("form");
  const token = form.querySelector("[name=csrf_token]").value;
  Object.assign(again, { method: "post", action: form.action, hidden: true });
  for (const [name, value] of [...pairs, ["csrf_token", token], ["do", "show"]]) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    again.append(input);
  }
  document.body.append(again);
  again.submit();
}

function tell(which) {
  const notice = document.getElementById(`typed-${which}`);
  document.getElementById("unsent")?.remove();
  document.getElementById("main").prepend(notice);
  notice.className = "notice";
  notice.hidden = false;
  const words = notice.querySelector("p").textContent;
  setTimeout(() => (document.getElementById("status").textContent = words), 50);
  return notice;
}

function tellOfOther(page) {
  const notice = tell("elsewhere");
  notice.querySelector("a").href = location.origin + page;
  notice.querySelector("button").addEventListener("click", () => {
    kept.write("typed", []);
    notice.remove();
    document.getElementById("main").focus();
  });
}

function bringBack() {
  const before = kept.read("typed", []).filter(({ at }) => Date.now() - at < LIFE);
  if (failed !== undefined) {
    kept.write("typed", before.map((it) => ({ ...it, session: "" }))); // it was not done
    return;
  }
  if (before.some((it) => it.redrawn && it.session === kept.session)) tell("back");
  let waiting = before.filter((it) => it.session !== kept.session);
  for (const [name, { form, path }] of forms()) {
    // Of pages with the same form, as are all with a search, only the one it was on, and the form's own address.
    const fits = (it) => it.name === name && (it.page === here || [it.page, here].includes(path));
    const found = waiting.findLast(fits);
    if (!found) continue;
    waiting = waiting.filter((it) => !fits(it));
    if (JSON.stringify(held(form)) === JSON.stringify(found.pairs)) continue;
    if (form.dataset.kept === "redraw") {
      kept.write("typed", [...waiting, { ...found, session: kept.session, redrawn: true }]);
      going = true;
      redraw(form, found.pairs);
      return;
    }
    fill(form, found.pairs);
    touched.add(form);
    tell("back");
  }
  kept.write("typed", waiting);
  const other = waiting.findLast((it) => it.page !== here && !it.sent);
  if (other) tellOfOther(other.page);
}

const isPicked = (form) => form.dataset.kept === "script" && !form.hidden;

function keepTyped() {
  if (going) return;
  const waiting = kept.read("typed", []).filter((it) => it.session !== kept.session);
  const now = { page: here, sent: sent !== undefined, session: broken ? "" : kept.session, at: Date.now() };
  const mine = [...forms()]
    .filter(([, { form, path }]) => touched.has(form) || (now.sent && path === here) || isPicked(form))
    .map(([name, { form }]) => ({ ...now, name, pairs: held(form) }))
    .filter(({ pairs }) => JSON.stringify(pairs).length <= LARGEST);
  kept.write("typed", [...waiting, ...mine].slice(-MOST));
}

function begin() {
  for (const kind of ["input", "change", "submit", "click"]) {
    const note = ({ target }) => touched.add(target.form ?? target.closest?.("form"));
    document.addEventListener(kind, note, { capture: true });
  }
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    broken ||= ctx.response?.status === 400;
  });
  addEventListener("pagehide", keepTyped);
  bringBack();
}

if (!document.getElementById("table")) begin(); // whose script keeps what is chosen there
