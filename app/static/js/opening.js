/* The countdown to the opening of a round, above its table. */

let clock = 0; // its timer
let since; // the server's time from which it counts

/* Before booking opens: count down by the server's clock, then look, not all in the same second. */
function countDown() {
  const opens = document.getElementById("opens");
  if (opens?.dataset.now === since) return; // a poll without news: the clock runs already
  clearInterval(clock);
  since = opens?.dataset.now;
  if (!opens) return;
  const ahead = Date.parse(opens.dataset.now) - Date.now();
  let wait = Math.random() * 2000;
  const tick = () => {
    const left = Date.parse(opens.dataset.opensAt) - Date.now() - ahead;
    if (left < -wait) {
      wait += 5000; // and once more, as long as the table does not come
      htmx.ajax("GET", location.href, { target: "#table", swap: "outerMorph" });
    }
    const seconds = Math.max(0, Math.ceil(left / 1000));
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    if (!parts[0]) parts.shift();
    const text = parts.map((part, index) => (index ? String(part).padStart(2, "0") : part));
    opens.querySelector(".number").textContent = text.join(":");
    opens.querySelector(".countdown").hidden = left > 86_400_000;
  };
  clock = setInterval(tick, 1000);
  tick();
}

document.addEventListener("htmx:after:swap", countDown);
countDown();
