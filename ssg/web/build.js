// Build in the browser: signing in and out, and going from set to case; what is drawn and typed goes by Gradio's events.

window.ssgBuild = (() => {
  async function enter(name, key) {
    const answer = await fetch("/api/instructor", {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "same-origin",
      body: JSON.stringify({ name, key }),
    });
    if (answer.ok) location.reload();
    else return (await answer.json()).error;
    return "";
  }

  async function leave() {
    await fetch("/api/instructor", { method: "DELETE", credentials: "same-origin" });
    location.assign("/build");
  }

  // An address that the server gave, of this page only.
  function go(address) {
    if (address?.startsWith("/build")) location.assign(address);
  }

  // The same case without the drafts of this browser: what was drawn here is given up for what is saved.
  function goAfresh(address) {
    const asked = new URLSearchParams(address.split("?")[1]);
    const drafts = `ssg.draft.build/${asked.get("set")}/${asked.get("case")}/`;
    for (const key of Object.keys(localStorage)) if (key.startsWith(drafts)) localStorage.removeItem(key);
    go(address);
  }

  // The case as learners will see it, beside the editor, which stays as it is.
  function preview(address) {
    if (address?.startsWith("/build?")) window.open(`${address}&preview=1`, "_blank", "noopener");
  }

  return { enter, leave, go, goAfresh, preview };
})();
