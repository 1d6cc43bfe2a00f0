# Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text to tokens and back, with the packages `tokenizers` or `sentencepiece`."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, Protocol, Sequence, Union

from ._errors import BadInputError, FileError, LibraryError, UsageError
from ._paths import encoded_path

_REPLACEMENT = "\ufffd"
_CHARACTER_BYTES = 4


class Tokenizer(Protocol):
    """What `load_tokenizer` gives; anything with these two methods serves as well."""

    def encode(self, text: str, special: bool = True) -> list[int]:
        """Token ids of a text; `special` adds what the tokenizer puts around a text, such as a first token."""

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, without special ones; a broken character is U+FFFD."""


class _TokenizersTokenizer:
    def __init__(self, path: Path) -> None:
        package = _import("tokenizers", path)
        try:
            self._tokenizer: Any = package.Tokenizer.from_file(str(path))
        except Exception as error:  # the package raises Exception itself
            raise BadInputError(f"{path}: expected a tokenizer, found fault: {' '.join(str(error).split())}") from None
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def encode(self, text: str, special: bool = True) -> list[int]:
        return list(self._tokenizer.encode(_checked(text), add_special_tokens=special).ids)

    def decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))


class _SentencePieceTokenizer:
    def __init__(self, path: Path) -> None:
        package = _import("sentencepiece", path)
        self._processor: Any = package.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(path.read_bytes())
        except (RuntimeError, OSError) as error:
            raise BadInputError(f"{path}: expected a tokenizer, found fault: {' '.join(str(error).split())}") from None

    def encode(self, text: str, special: bool = True) -> list[int]:
        first = [self._processor.bos_id()] if special and self._processor.bos_id() >= 0 else []
        return first + list(self._processor.encode(_checked(text)))

    def decode(self, tokens: Sequence[int]) -> str:
        size = self._processor.vocab_size()
        return str(
            self._processor.decode([int(t) for t in tokens if t < size and not self._processor.is_control(int(t))])
        )


def load_tokenizer(path: Union[str, "os.PathLike[str]"]) -> Tokenizer:
    """Opens `tokenizer.json` (package tokenizers) or `tokenizer.model` (sentencepiece), or a folder with one of them.

    Raises:
        FileError: there is no such file.
        LibraryError: the package is not installed; so does the extra of its name (`pip install './python[tokenizers]'`).
    """
    given = Path(os.fsdecode(encoded_path(path, "path")))
    candidates = [given / "tokenizer.json", given / "tokenizer.model"] if given.is_dir() else [given]
    found = next((candidate for candidate in candidates if candidate.is_file()), None)
    if found is None:
        where = (
            f"{given}: expected tokenizer.json or tokenizer.model in the folder"
            if given.is_dir()
            else (f"{given}: expected a tokenizer's file or a folder with one")
        )
        raise FileError(f"{where}, found none")
    return _TokenizersTokenizer(found) if found.suffix == ".json" else _SentencePieceTokenizer(found)


def _checked(text: str) -> str:
    """A str may hold what is no character: half a surrogate pair, or a byte of a word that was not UTF-8."""
    if not isinstance(text, str):
        raise UsageError(f"text: expected a str, found {type(text).__name__}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise BadInputError(f"text: expected characters, found U+{code:04X} in place {error.start}, which is none") from None
    return text


def _import(package: str, path: Path) -> Any:
    try:
        return importlib.import_module(package)
    except ImportError:
        raise LibraryError(
            f"{path}: expected the package '{package}' to read it (pip install {package}), found none"
        ) from None


class Detokenizer:
    """Text of tokens as they come. A character whose bytes lie in several tokens comes when it is whole."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        if not hasattr(tokenizer, "decode"):
            raise UsageError(f"tokenizer: expected a Tokenizer, found {type(tokenizer).__name__}")
        self._tokenizer = tokenizer
        # Tokens whose text came last, which the next ones are decoded with, since a token's text depends on the one
        # before; then those whose text is still to come.
        self._tokens: list[int] = []
        self._given = 0
        self._text = ""

    def push(self, token: int) -> str:
        """The text that is certain after this token; often empty within a character."""
        self._tokens.append(int(token))
        text = self._tokenizer.decode(self._tokens)
        if text.endswith(_REPLACEMENT):
            # A whole character would have come by now: all but the last tokens hold bytes that are none.
            if len(self._tokens) - self._given < 2 * _CHARACTER_BYTES:
                return ""
            return self._give(len(self._tokens) - (_CHARACTER_BYTES - 1))
        return self._give(len(self._tokens), text)

    def finish(self) -> str:
        """What is left at the end: an incomplete character comes as U+FFFD."""
        rest = self._tokenizer.decode(self._tokens)[len(self._text) :]
        self._tokens, self._given, self._text = [], 0, ""
        return rest

    def _give(self, count: int, text: str = "") -> str:
        """The text of the first `count` tokens that has not come yet."""
        text = text or self._tokenizer.decode(self._tokens[:count])
        new = text[len(self._text) :]
        if new:
            self._tokens = self._tokens[self._given :]
            self._given = count - self._given
            self._text = self._tokenizer.decode(self._tokens[: self._given])
        return new


class StopText:
    """Ends a stream of text where one of some strings begins, and holds back what may become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False
        """Whether one of the strings came."""

    def push(self, text: str) -> str:
        """The text that is certain not to belong to a stop string."""
        if self.stopped:
            return ""
        self._held += text
        places = [place for place in map(self._held.find, self._stops) if place >= 0]
        if places:
            self.stopped = True
            given, self._held = self._held[: min(places)], ""
            return given
        keep = max((self._overlap(stop) for stop in self._stops), default=0)
        given, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        return given

    def finish(self) -> str:
        """What was held back and did not become a stop string."""
        rest, self._held = self._held, ""
        return rest

    def _overlap(self, stop: str) -> int:
        """Length of the longest end of the held text that is a beginning of `stop`."""
        return next(
            (n for n in range(min(len(stop) - 1, len(self._held)), 0, -1) if stop.startswith(self._held[-n:])), 0
        )
