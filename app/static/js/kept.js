/* What is chosen or typed in this tab and not sent yet, kept in the tab's own storage.

   The page says under which key: what another person left in this tab is thrown away, and signing out throws away
   one's own. Where a browser stores nothing, all goes on as without. Joined with others, of which two come to the
   page of a table. */
if (!globalThis.kept) {
  const [owner, session] = document.body.dataset.tab.split(" ");
  const own = `kept ${owner} `;
  let forgotten = false;

  const guarded = (act, otherwise) => {
    try {
      return act() ?? otherwise;
    } catch {
      return otherwise; // storage is refused or full
    }
  };

  const forget = (which) =>
    guarded(() => {
      for (const key of Object.keys(sessionStorage)) {
        if (key.startsWith("kept ") && which(key)) sessionStorage.removeItem(key);
      }
    });

  globalThis.kept = {
    session,
    // Whether nobody has signed out since, or in as another: each page of a person keeps something, if only a list.
    isOwn: () => guarded(() => Object.keys(sessionStorage).some((key) => key.startsWith(own)), true),
    read: (kind, otherwise) => guarded(() => JSON.parse(sessionStorage.getItem(own + kind)), otherwise),
    write: (kind, value) => forgotten || guarded(() => sessionStorage.setItem(own + kind, JSON.stringify(value))),
  };

  forget((key) => !key.startsWith(own));

  document.addEventListener("submit", ({ target }) => {
    if (!target.matches("[data-forgets]")) return;
    forgotten = true;
    forget(() => true);
  });
}
