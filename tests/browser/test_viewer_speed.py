"""How fast the viewer is, by its benchmark: what the page itself takes, which hardly depends on what else runs here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

FRAME_MS = 1000 / 30
ANSWER_MS = 50
SLICES = 60


@pytest.fixture(scope="module")
def measured(browser):
    """In a process of its own: Playwright drives one browser in each; skipped where ``browser`` is."""
    script = Path(__file__).parents[2] / "benchmarks" / "viewer.py"
    command = [sys.executable, str(script), "--json", "--runs", "1", "--slices", str(SLICES)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    print(done.stdout)
    return json.loads(done.stdout)


@pytest.mark.parametrize("way", ["scroll_cold", "scroll_warm"])
def test_a_stack_leaves_the_page_time_for_thirty_frames_a_second(measured, way):
    assert measured[way]["slices_painted"] >= SLICES * 0.8
    assert measured[way]["main_thread_ms"] < FRAME_MS


def test_window_and_level_of_a_large_picture_answer_within_a_blink(measured):
    assert measured["window_level"]["main_thread_ms"] < ANSWER_MS
