// Warns two minutes before a session ends (WCAG 2.2.1). The page itself does not change,
// so what somebody typed is kept, whatever they answer.

const WARN = 120; // seconds
const RETRY = 30; // seconds, without a network
const LONGEST = 86400; // seconds; browsers do not count much further
const dialog = document.getElementById("ending");
let timer;

function lookIn(seconds) {
  clearTimeout(timer);
  timer = setTimeout(look, Math.min(seconds, LONGEST) * 1000);
}

function show(state) {
  const again = dialog.querySelector("a");
  again.search = new URLSearchParams({ next: location.pathname + location.search });
  for (const part of dialog.querySelectorAll("[data-state]")) part.hidden = part.dataset.state !== state;
  if (!dialog.open) dialog.showModal();
}

// How many seconds are left: the server knows, also of what was done on other tabs.
async function ask(options) {
  const answer = await fetch(dialog.dataset.url, { redirect: "manual", ...options });
  if (answer.status >= 500) throw new Error(answer.statusText); // nobody knows now: it is asked again
  return answer.ok ? (await answer.json()).seconds : 0;
}

async function look() {
  let seconds;
  try {
    seconds = await ask();
  } catch {
    lookIn(RETRY);
    return;
  }
  if (seconds > WARN) {
    dialog.close();
    lookIn(seconds - WARN);
  } else if (seconds > 0) {
    show("ending");
    lookIn(seconds);
  } else {
    show("ended");
  }
}

dialog.addEventListener("close", async () => {
  if (dialog.returnValue !== "stay") return;
  dialog.returnValue = "";
  const token = dialog.querySelector("[name=csrf_token]").value;
  try {
    const seconds = await ask({ method: "POST", body: new URLSearchParams({ csrf_token: token }) });
    lookIn(seconds > WARN ? seconds - WARN : seconds);
  } catch {
    lookIn(RETRY);
  }
});

lookIn(Math.max(0, Number(dialog.dataset.seconds) - WARN));
