// Practise in the browser, what is on demand: hints, the way to what was missed, readers one by one, what the AI sees,
// rapid packets. practise.js sends and keeps the answers.

((page, WORDS) => {
  const { find, plain, said, draftsAreThere } = page.parts;
  const { SAME, read, send, problem } = window.ssgExchange;
  const { later, kept } = page;

  // The viewer plays the steps; what is drawn stays as it is.
  function play(steps) {
    if (!steps.length) return SAME;
    find("#case-viewer .ssg-viewer")?.dispatchEvent(new CustomEvent("ssg:play", { detail: { steps } }));
    find("#case-viewer")?.scrollIntoView({ block: "nearest" });
    return SAME;
  }

  async function takeHint(row, step, scene, opened) {
    const panel = row.querySelector(".hint-panel");
    const button = panel.querySelector(".hint-take");
    if (button) button.disabled = true;
    try {
      await draftsAreThere();
      const ask = { ...read(opened), finding: row.dataset.finding, step, drawn: plain(scene), ...said() };
      const answer = await send("POST", "/api/hints", ask);
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.error);
      panel.innerHTML = told.html;
      panel.querySelector(".hint-take, .hints")?.focus?.({ preventScroll: true });
      return play(told.steps);
    } catch (error) {
      if (button) button.disabled = false;
      panel.querySelector(".note")?.remove();
      panel.insertAdjacentHTML("beforeend", problem(error instanceof TypeError ? WORDS.offline : error.message));
      return SAME;
    }
  }

  // Whose boxes are seen; the scene keeps all of them beside.
  function onlyOf(whose, scene) {
    const whole = scene.whole ?? scene.regions;
    const fits = ({ kind, reader }) =>
      !whose || kind === "drawn" || (kind !== "policy" && whose === `reader:${reader}`);
    return { ...scene, whole, regions: whole.filter(fits), steps: [] };
  }

  // What the AI sees ----------------------------------------------------------------------------------------------

  function looking() {
    return problem(WORDS.asking).replace('class="note" role="alert"', 'class="hint" role="status"');
  }

  // What the policy said of a case that has been left is not shown.
  function seen(result, scene, opened) {
    const told = read(result);
    if (told.attempt && told.attempt !== read(opened).attempt) return [SAME, ""];
    if (!told.regions || scene?.mode !== "show") return [SAME, told.html ?? ""];
    const whole = [...(scene.whole ?? scene.regions).filter(({ kind }) => kind !== "policy"), ...told.regions];
    return [{ ...scene, whole, regions: whole, steps: told.steps }, told.html];
  }

  // Rapid packets -------------------------------------------------------------------------------------------------

  function rapid(choice) {
    const task = find("#case-task .rapid");
    if (!task || find("#case-submit")?.disabled) return;
    if (choice === "normal") {
      task.classList.remove("open");
      return void find("#case-submit")?.click();
    }
    task.classList.add("open");
    task.querySelector(".rapid-rows").hidden = false;
    task.querySelector('[data-rapid="something"]').setAttribute("aria-pressed", "true");
    find("#case-viewer .stage")?.focus({ preventScroll: false });
  }

  let touched = null;

  document.addEventListener("touchstart", ({ target, touches }) => {
    const [finger] = touches;
    touched = target.closest?.("#case-task .rapid, #case-head") && touches.length === 1 ? finger : null;
  }, { passive: true });

  document.addEventListener("touchend", ({ changedTouches }) => {
    const start = touched;
    touched = null;
    if (!start || !find("#case-task .rapid")) return;
    const dx = changedTouches[0].clientX - start.clientX;
    const dy = changedTouches[0].clientY - start.clientY;
    if (Math.abs(dx) > 60 && Math.abs(dx) > 2 * Math.abs(dy)) rapid(dx < 0 ? "normal" : "something");
  }, { passive: true });

  document.addEventListener("keydown", (event) => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !find("#case-task .rapid")) return;
    if (target.closest?.("#case-viewer, input, textarea, select, button, a, summary")) return;
    const choice = { ArrowLeft: "normal", ArrowRight: "something" }[key];
    if (!choice) return;
    event.preventDefault();
    rapid(choice);
  });

  // Clicks and changes --------------------------------------------------------------------------------------------

  document.addEventListener("change", ({ target }) => {
    const row = target.closest?.("#case-absent [data-finding]");
    if (!row) return;
    const more = row.querySelector(".stated-more");
    if (more) more.hidden = row.querySelector("input[data-says]:checked")?.dataset.says !== "present";
    kept();
  });

  const PRESSES = [
    ["#case-absent .hint-open", (button) => {
      const panel = button.closest("[data-finding]").querySelector(".hint-panel");
      panel.hidden = !panel.hidden;
      button.setAttribute("aria-expanded", String(!panel.hidden));
    }],
    ["#case-absent .hint-take", (button) => {
      const row = button.closest("[data-finding]");
      later((scene, opened) => takeHint(row, Number(button.dataset.step), scene, opened));
    }],
    ["#case-absent .hint-again", (button) => {
      play(JSON.parse(button.dataset.shown));
    }],
    ["#case-absent [data-grade]", (button) => {
      const chosen = button.getAttribute("aria-pressed") === "true";
      for (const one of button.parentElement.children) one.setAttribute("aria-pressed", String(one === button && !chosen));
      kept();
    }],
    ["#case-feedback [data-replay]", (button) => {
      later((scene) => play(scene.replays?.[Number(button.dataset.replay)] ?? []));
    }],
    ["#case-feedback [data-whose]", (button) => {
      for (const one of button.parentElement.querySelectorAll("button")) {
        one.setAttribute("aria-pressed", String(one === button));
      }
      later((scene) => onlyOf(button.dataset.whose, scene));
    }],
    ["#case-feedback [data-show]", (button) => {
      page.askFor(button.dataset.show);
    }],
    ["#case-feedback [data-go-on]", (button) => {
      button.closest(".checked").remove();
      find("#case-viewer .stage")?.focus({ preventScroll: false });
    }],
    ["#case-task [data-rapid]", (button) => rapid(button.dataset.rapid)],
  ];

  document.addEventListener("click", ({ target }) => {
    for (const [selector, press] of PRESSES) {
      const button = target.closest?.(selector);
      if (button && !button.disabled) return press(button);
    }
  });

  Object.assign(page, { looking, seen });
})(window.ssgPractise, PRACTISE_WORDS);
