"""Calibrating goes on by itself, survives a failure, and stops with the site."""

import threading

from ssg.web.calibrating import Calibrating


class Learner:
    """Counts how often it is asked; the first time it fails."""

    def __init__(self):
        self.times, self.thrice = 0, threading.Event()

    def calibrate(self, now):
        assert now.tzinfo is not None
        self.times += 1
        if self.times == 3:
            self.thrice.set()
        if self.times == 1:
            raise RuntimeError("no database")


def test_it_is_done_again_and_again_also_after_a_failure():
    learning = Learner()
    calibrating = Calibrating(learning, first_s=0.0, again_s=0.01)
    calibrating.start()
    assert learning.thrice.wait(10)
    calibrating.stop()
    assert not calibrating._thread.is_alive()


def test_a_site_that_stops_at_once_never_calibrates():
    learning = Learner()
    calibrating = Calibrating(learning, first_s=60.0)
    calibrating.start()
    calibrating.stop()
    assert learning.times == 0
    assert not calibrating._thread.is_alive()


def test_the_site_begins_and_ends_it(services):
    assert services.calibrating._thread.is_alive()
