/* The form of a round: keeps the ticks of a branch, its departments and their classes in step, and
   moves the focus to what was added. Progressive enhancement only: the form works without it. */

const groups = [...document.querySelectorAll(".branch, .department")];
const whole = (group) => group.querySelector(group.matches(".branch") ? "[name=branches]" : "[name=departments]");
const classes = (group) => [...group.querySelectorAll("[name=classes]")];

function keepInStep(group) {
  const ticked = classes(group).filter((box) => box.checked).length;
  whole(group).checked = ticked === classes(group).length;
  whole(group).indeterminate = ticked > 0 && !whole(group).checked;
}

for (const group of groups) {
  if (whole(group).checked) for (const box of classes(group)) box.checked = true;
  group.addEventListener("change", ({ target }) => {
    if (target === whole(group)) for (const box of classes(group)) box.checked = target.checked;
    groups.forEach(keepInStep);
  });
}
groups.forEach(keepInStep);

/* The times draw themselves while one types: nobody needs the button for it. */
for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;

/* After an evening or break came or went, go on where one would type next. */
let before = null;

const ids = () => [...document.querySelectorAll("#evenings [id]")].map((it) => it.id);

document.addEventListener("htmx:before:request", ({ target }) => {
  if (target.id !== "week") before = new Set(ids());
});

document.addEventListener("htmx:after:swap", ({ target }) => {
  if (target.id === "week") return; // says something, and adds nothing
  const added = before && ids().find((id) => !before.has(id) && document.getElementById(id).matches("input"));
  const button = document.activeElement === document.body && document.getElementById("add-evening");
  before = null;
  (added ? document.getElementById(added) : button || null)?.focus();
  for (const shown of document.querySelectorAll("[data-without-script]")) shown.hidden = true;
});

/* A button that changes the form, and could not: the form stays as it is. */
function tellUnaltered({ detail: { ctx } }) {
  if (!ctx?.sourceElement.matches("button")) return;
  const notice = document.getElementById("unaltered");
  notice.hidden = ctx.response?.status < 400;
  if (!notice.hidden) notice.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:after:request", tellUnaltered);
document.addEventListener("htmx:error", tellUnaltered);

const { focus } = document.getElementById("round")?.dataset ?? {};
(document.getElementById("faults") ?? (focus && document.getElementById(focus)))?.focus();
