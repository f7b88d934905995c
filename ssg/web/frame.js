// The navigation where it is wider than the screen: the current page is in sight, and a fade says where there is more.

(() => {
  const ROOM = 4; // of rounding, before it counts as more

  function fade(nav) {
    const before = nav.scrollLeft > ROOM;
    const after = nav.scrollLeft + nav.clientWidth < nav.scrollWidth - ROOM;
    nav.dataset.more = [before && "before", after && "after"].filter(Boolean).join(" ");
  }

  function bringCurrent(nav) {
    const current = nav.querySelector("[aria-current]");
    if (!current) return;
    const { left, width } = current.getBoundingClientRect();
    nav.scrollLeft += left + width / 2 - (nav.getBoundingClientRect().left + nav.clientWidth / 2);
  }

  function watch(nav) {
    nav.addEventListener("scroll", () => fade(nav), { passive: true });
    new ResizeObserver(() => {
      bringCurrent(nav);
      fade(nav);
    }).observe(nav);
  }

  // Gradio makes the page after this has run.
  const made = new MutationObserver(() => {
    const nav = document.querySelector(".frame .top nav");
    if (!nav) return;
    made.disconnect();
    watch(nav);
  });
  made.observe(document, { childList: true, subtree: true });
})();
