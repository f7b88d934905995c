// What the pages have in common: JSON sent to our routes, what an answer says, the clock of an attempt.

window.ssgExchange = (() => {
  const LARGEST_KEPT_ALIVE = 60_000; // bytes that a browser sends on for a page that is left; it refuses more
  const LEFT_FOR_MS = 250; // until what an answer takes away is gone
  const SAME = { __type__: "update" }; // leaves a Gradio component as it is

  // What the server hands over as text; empty where there is none, or something else.
  function read(text) {
    try {
      return JSON.parse(text || "{}");
    } catch {
      return {};
    }
  }

  function send(method, path, body) {
    const bytes = new Blob([JSON.stringify(body)], { type: "application/json" });
    const keepalive = bytes.size < LARGEST_KEPT_ALIVE;
    return fetch(path, { method, body: bytes, credentials: "same-origin", keepalive });
  }

  // A sentence as HTML that Gradio takes as it is: it would read ${} as its own.
  function problem(sentence) {
    const line = document.createElement("p");
    line.className = "note";
    line.setAttribute("role", "alert");
    line.textContent = sentence;
    return line.outerHTML.replaceAll("$", "&#36;").replaceAll("{", "&#123;").replaceAll("}", "&#125;");
  }

  // An attempt is timed from when its token was seen first.
  function createClock() {
    let [token, since] = ["", Date.now()];
    return {
      begun(handle) {
        if (handle.token === token) return;
        token = handle.token;
        since = Date.now();
      },
      seconds: () => (Date.now() - since) / 1000,
    };
  }

  // What has not reached the server yet stays in this browser, and wins over what the server has. A private window, or
  // a full one, keeps nothing; the server's draft has to do then.
  function createShelf(kind) {
    const place = ({ set, case: name }) => `ssg-${kind}:${set}/${name}`;
    const tried = (act) => {
      try {
        return act();
      } catch {
        return null;
      }
    };
    const kept = (handle) => tried(() => localStorage.getItem(place(handle)));
    return {
      kept,
      keep: (handle, value) => tried(() => localStorage.setItem(place(handle), value)),
      forget: (handle) => tried(() => localStorage.removeItem(place(handle))),
      // it is there: unless something newer lies here
      sent: (handle, value) => kept(handle) === value && tried(() => localStorage.removeItem(place(handle))),
    };
  }

  // What `look` finds once a page is whole: Gradio shows what an event brought some time after it says that it is done.
  async function there(look) {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = look();
      if (found) return found;
      await new Promise((done) => setTimeout(done, 50));
    }
    return null;
  }

  // Until a draft that is on its way is there, but no longer than anybody would wait.
  const settled = (sending) => Promise.race([sending, new Promise((done) => setTimeout(done, 2000))]);

  function bringIntoSight(selector, focused) {
    setTimeout(() => {
      const place = document.querySelector(selector);
      if (!place) return;
      if (focused) takeFocus(place);
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      place.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
    }, LEFT_FOR_MS);
  }

  // For the keyboard and a screen reader to go on from.
  function takeFocus(place) {
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }

  const addressOf = (values) => `${location.pathname}?${new URLSearchParams(values)}`;

  return { SAME, read, send, problem, createClock, createShelf, there, settled, bringIntoSight, takeFocus, addressOf };
})();
