"""Which token may come next, so that an answer always has the form that the reader expects.

:class:`XGrammarConstraint` follows the form's EBNF with xgrammar. :class:`RegexConstraint` does the same with partial
matches of a regular expression, slower and with no compiled code; it steps in where xgrammar cannot be loaded or does
not know a tokenizer. Both know nothing of models.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import regex
from numpy.typing import NDArray

from ssg.grounding.grammar import AnswerForm

Mask = NDArray[np.bool_]


class Constraint(Protocol):
    """Follows one answer token by token."""

    finished: bool

    def allowed(self) -> Mask:
        """True for each token id that may come next, shape (vocabulary,)."""

    def accept(self, token: int) -> None:
        """Move on by one allowed token."""


class XGrammarConstraint:
    """The form as a pushdown automaton over tokens (xgrammar)."""

    def __init__(self, compiled: Any, vocabulary: int) -> None:
        import xgrammar

        self._matcher = xgrammar.GrammarMatcher(compiled)
        self._bits = xgrammar.allocate_token_bitmask(1, vocabulary)
        self._vocabulary = vocabulary
        self.finished = False

    def allowed(self) -> Mask:
        """True for each token id that may come next, shape (vocabulary,)."""
        self._matcher.fill_next_token_bitmask(self._bits)
        words = self._bits[0].numpy().view(np.uint8)
        return np.unpackbits(words, bitorder="little")[: self._vocabulary].astype(bool)

    def accept(self, token: int) -> None:
        """Move on by one allowed token."""
        if not self._matcher.accept_token(token):
            raise ValueError(f"token {token} is not allowed here")
        self.finished = self._matcher.is_terminated()


class RegexConstraint:
    """The form as a regular expression; a token is allowed where the text so far plus the token is a partial match."""

    def __init__(self, pattern: str, pieces: Sequence[str], stop: Sequence[int]) -> None:
        self._pattern = regex.compile(pattern)
        self._pieces = pieces
        self._stop = list(stop)
        self._text = ""
        self.finished = False

    def allowed(self) -> Mask:
        """True for each token id that may come next, shape (vocabulary,)."""
        mask = np.zeros(len(self._pieces), dtype=bool)
        if self._pattern.fullmatch(self._text):
            mask[self._stop] = True
        for token, piece in enumerate(self._pieces):
            if piece and self._pattern.fullmatch(self._text + piece, partial=True):
                mask[token] = True
        return mask

    def accept(self, token: int) -> None:
        """Move on by one allowed token."""
        if token in self._stop and self._pattern.fullmatch(self._text):
            self.finished = True
            return
        longer = self._text + self._pieces[token]
        if not self._pieces[token] or not self._pattern.fullmatch(longer, partial=True):
            raise ValueError(f"token {token} is not allowed here")
        self._text = longer


class ConstraintFactory:
    """Makes constraints for one tokenizer. ``vocabulary`` is the number of logits that the model writes."""

    def __init__(self, tokenizer: Any, vocabulary: int, stop: Sequence[int], use_xgrammar: bool = True) -> None:
        self._tokenizer, self._vocabulary, self._stop = tokenizer, vocabulary, list(stop)
        self._compiler = self._new_compiler() if use_xgrammar else None
        self._compile = functools.lru_cache(maxsize=256)(self._compile_form)

    @property
    def engine(self) -> str:
        """The name of what constrains: "xgrammar" or "regex"."""
        return "xgrammar" if self._compiler is not None else "regex"

    def for_form(self, form: AnswerForm) -> Constraint:
        """A fresh constraint at the beginning of an answer of this form."""
        if self._compiler is not None:
            return XGrammarConstraint(self._compile(form), self._vocabulary)
        return RegexConstraint(form.regex(), self._pieces, self._stop)

    def _new_compiler(self) -> Any | None:
        try:
            import xgrammar
        except ImportError:
            return None
        info = xgrammar.TokenizerInfo.from_huggingface(
            self._tokenizer, vocab_size=self._vocabulary, stop_token_ids=self._stop
        )
        return xgrammar.GrammarCompiler(info, cache_enabled=False)  # its own cache has no limit; ours has

    def _compile_form(self, form: AnswerForm) -> Any:
        return self._compiler.compile_grammar(form.ebnf())  # type: ignore[union-attr]

    @functools.cached_property
    def _pieces(self) -> list[str]:
        special = set(self._tokenizer.all_special_ids)
        known = len(self._tokenizer)
        return [
            "" if token >= known or token in special else self._tokenizer.decode([token])
            for token in range(self._vocabulary)
        ]
