/* On an error page that knows nobody: what was filled in before it was not done, so it is kept for the next page with
   that form (typed.js). Whose it is stands in its key. */

try {
  for (const [key, value] of Object.entries(sessionStorage)) {
    if (!/^kept \S+ typed$/.test(key)) continue;
    const forms = JSON.parse(value).map((it) => ({ ...it, session: "" }));
    sessionStorage.setItem(key, JSON.stringify(forms));
  }
} catch {
  // Storage is refused: browsers keep what was typed in their own way, or not.
}
