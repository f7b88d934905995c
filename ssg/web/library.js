// The Library searches without a new page: the same addresses, the same HTML, only the results are exchanged.

window.ssgLibrary = (() => {
  let latest = 0;

  const address = (form) => {
    const asked = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...asked]) if (!value.trim()) asked.delete(name);
    return asked.size ? `?${asked}` : "";
  };

  async function search(form) {
    const query = address(form);
    const number = ++latest;
    const results = document.querySelector("#library-results");
    results?.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`/api/library${query}`, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      const { html } = await answer.json();
      if (number !== latest || !results) return;
      results.innerHTML = html;
      history.replaceState(null, "", `${location.pathname}${query}`);
    } catch {
      if (number === latest) location.assign(`/library${query}`);
    } finally {
      results?.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "library-form") return;
    event.preventDefault();
    search(event.target);
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("#library-form");
    if (form && event.target.id !== "library-text") search(form);
  });
  return { search };
})();
