/* Keeps the reservation table true: going back within it renews it, and a message goes when it does not hold any more. */

document.addEventListener("htmx:before:history:restore", (event) => {
  event.preventDefault(); // renew only the table: the choice in memory stays
  htmx.ajax("GET", event.detail.path, { target: "#table", swap: "outerMorph" });
});

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  // Renewed by somebody else who has signed in meanwhile: what is shown is not theirs.
  if (ctx.response?.status === 404 && ctx.sourceElement === document.body) location.reload();
});

/* A reserved talk stands at its time, a cancelled one at none: with a poll may come what somebody else did. */
function holds(line) {
  const talks = [...document.querySelectorAll(`.strips [data-with="${line.dataset.with}"] time`)];
  if (line.dataset.state === "cancelled") return !talks.length;
  return talks.some((time) => time.dateTime === line.querySelector("time").dateTime);
}

document.addEventListener("htmx:after:swap", () => {
  const lines = [...document.querySelectorAll("#messages [data-with]")];
  if (!lines.every(holds)) document.getElementById("messages").replaceChildren();
});
