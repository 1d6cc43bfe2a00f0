"""Text to tokens and back, and text as it comes."""

import random
import sys

import pytest
from conftest import TEXT

import braid

TEXTS = [
    "plain text",
    "日本語",
    "emoji 😀👩‍👩‍👧🇩🇪 end",
    "naïve café",
    "ελληνικά",
    "a",
    " leading and trailing ",
    "two\nlines\t",
    "rare: ꙮ 𒀱 🜁",
    "\u0301combining",
    TEXT,
]


@pytest.fixture(scope="module", params=["tokenizer_json", "tokenizer_model"])
def tokenizer(request):
    return braid.load_tokenizer(request.getfixturevalue(request.param))


def streamed(tokenizer, ids):
    detokenizer = braid.Detokenizer(tokenizer)
    parts = [detokenizer.push(token) for token in ids]
    return parts, detokenizer.finish()


@pytest.mark.parametrize("text", TEXTS)
def test_round_trip(tokenizer, text):
    ids = tokenizer.encode(text, special=False)
    whole = tokenizer.decode(ids)
    assert whole.split() == text.split()
    parts, rest = streamed(tokenizer, ids)
    assert "".join(parts) + rest == whole
    # No part breaks a character, and what is certain does not wait.
    assert not any("\ufffd" in part for part in parts)
    assert rest == ""


def test_characters_come_whole(tokenizer):
    ids = tokenizer.encode("x 🜁𒀱 y", special=False)
    parts, _ = streamed(tokenizer, ids)
    assert len(ids) > len([part for part in parts if part]), "expected characters of several tokens"
    assert "🜁" in "".join(parts)


def test_special_tokens(tokenizer):
    ids = tokenizer.encode("text")
    assert ids[0] == 1 and ids[1:] == tokenizer.encode("text", special=False)
    assert tokenizer.decode(ids) == tokenizer.decode(ids[1:])


def test_special_tokens_do_not_change_what_follows(tokenizer):
    ids = tokenizer.encode("one two three", special=False)
    whole = tokenizer.decode(ids)
    parts, rest = streamed(tokenizer, [1, *ids[:2], 2, *ids[2:], 2])
    assert "".join(parts) + rest == whole


def test_incomplete_character(tokenizer_json):
    tokenizer = braid.load_tokenizer(tokenizer_json)
    ids = tokenizer.encode("a🜁", special=False)
    parts, rest = streamed(tokenizer, ids[:-1])
    assert "".join(parts) == "a" and set(rest) == {"\ufffd"}


def test_random_tokens(tokenizer):
    """Bytes in any order: the text comes, bounded tokens late, and all of it."""
    r = random.Random(4)
    for _ in range(30):
        ids = [r.randrange(4, 300) for _ in range(60)]
        parts, rest = streamed(tokenizer, ids)
        found = "".join(parts) + rest
        kept = [c for c in found if c != "\ufffd"]
        if "\ufffd" not in tokenizer.decode(ids):
            assert found == tokenizer.decode(ids)
        assert len(kept) > 0
        waiting = longest = 0
        for part in parts:
            waiting = 0 if part else waiting + 1
            longest = max(longest, waiting)
        assert longest < 12


def test_bytes_that_are_no_characters(tokenizer_json):
    """A stream of them comes as U+FFFD and does not wait for its end."""
    tokenizer = braid.load_tokenizer(tokenizer_json)
    (byte,) = [i for i in range(4, 300) if tokenizer._tokenizer.id_to_token(i) == "ľ"]  # 0x9f... a continuation byte
    parts, rest = streamed(tokenizer, [byte] * 50)
    assert set("".join(parts) + rest) == {"\ufffd"} and len("".join(parts)) > 35


@pytest.mark.parametrize(
    "stops, parts, given, stopped",
    [
        (["END"], ["ab", "cE", "ND", "x"], ["ab", "c", "", ""], True),
        (["END"], ["abE", "Nx", "y"], ["ab", "ENx", "y"], False),
        (["END", "NO"], ["aEN", "O"], ["a", "E"], True),
        (["aab"], ["aa", "ab"], ["", "a"], True),
        (["\n\n"], ["a\n", "\nb"], ["a", ""], True),
        (["x", ""], ["abxc"], ["ab"], True),
        ([], ["ab", "c"], ["ab", "c"], False),
    ],
)
def test_stop_text(stops, parts, given, stopped):
    stop = braid.StopText(stops)
    assert [stop.push(part) for part in parts] == given
    assert stop.stopped == stopped
    held = stop.finish()
    assert held == "" if stopped else "".join(given) + held == "".join(parts)


def test_stop_text_held_back():
    stop = braid.StopText(["END"])
    assert stop.push("abEN") == "ab" and stop.finish() == "EN"


def test_files(tmp_path, tokenizer_json, monkeypatch):
    assert braid.load_tokenizer(tokenizer_json.parent).encode("a") == braid.load_tokenizer(tokenizer_json).encode("a")
    with pytest.raises(braid.FileError, match="expected tokenizer.json or tokenizer.model in the folder, found none"):
        braid.load_tokenizer(tmp_path)
    with pytest.raises(braid.FileError, match="expected a tokenizer's file or a folder with one, found none"):
        braid.load_tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(braid.UsageError, match="path: expected a path, found int"):
        braid.load_tokenizer(3)
    for name in ("tokenizer.json", "tokenizer.model"):
        (tmp_path / name).write_text("{}")
        with pytest.raises(braid.BadInputError, match=f"{name}: expected a tokenizer, found fault"):
            braid.load_tokenizer(tmp_path / name)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(braid.LibraryError, match=r"pip install tokenizers"):
        braid.load_tokenizer(tokenizer_json)
