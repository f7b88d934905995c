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

  return { enter, leave, go };
})();
