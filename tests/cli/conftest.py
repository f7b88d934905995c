"""Commands called in this process, which is faster than starting Python for each."""

import json
from dataclasses import dataclass

import pytest

from ssg.cli.main import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def refusal(self):
        """The one line on stderr of a command that refuses its input; nothing else was printed."""
        assert (self.code, self.out) == (2, "")
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert len(self.err) < 1_500
        assert self.err[:-1].isprintable()
        return self.err[:-1]


@pytest.fixture
def run(capsys):
    def running(*arguments):
        code = main([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return running
