"""axe-core over a page of the site: what it calls serious or critical; nothing is left out."""

import pytest

GRAVE = ("serious", "critical")


def grave_findings(page) -> list[tuple[str, str, str]]:
    """(rule, where, element) of each serious or critical finding on what the page shows now."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    still(page)
    found = axe.Axe().run(page).response["violations"]
    return [
        (rule["id"], " ".join(map(str, node["target"])), node["html"][:160])
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def still(page) -> None:
    """Until the page is whole and nothing fades any more: half a fade has no contrast. What never ends is left out.

    Gradio dims what an event is about to fill (``pending``).
    """
    page.wait_for_selector(".frame .bottom")
    page.wait_for_function(
        "() => document.readyState === 'complete' && !document.querySelector('.pending')"
        " && [...document.images].every((one) => one.complete || one.loading === 'lazy')"
    )
    page.wait_for_function(
        "() => document.getAnimations().every((one) => one.playState !== 'running'"
        " || one.effect?.getComputedTiming().iterations === Infinity)"
    )
