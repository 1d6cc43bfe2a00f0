"""Log-probabilities of given tokens."""

import numpy as np
import pytest
from conftest import SEED, VOCAB, run_tool

import braid


def exact(logits, tokens):
    """In double precision, by the definition."""
    logits = logits.astype(np.float64)
    return (
        logits
        - np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1, keepdims=True))
        - logits.max(1, keepdims=True)
    )[np.arange(len(tokens)), tokens]


def test_equals_the_tool(program, artifact, tmp_path, rng):
    tokens = rng.integers(0, VOCAB, (3, 50)).astype(np.int32)
    np.save(tmp_path / "tokens.npy", tokens)
    run_tool(
        "braid",
        "score",
        artifact,
        "--init",
        f"random:{SEED}",
        "--tokens",
        tmp_path / "tokens.npy",
        "--logprobs",
        tmp_path / "logprobs.npy",
    )
    found = np.stack([document.logprobs for document in braid.score(program, tokens)])
    assert found.dtype == np.float32
    assert np.abs(found - np.load(tmp_path / "logprobs.npy")).max() < 2e-6


def test_cuts_as_the_tool_does(tmp_path, rng):
    """A document longer than a call, with a vocabulary that leaves room for 838 tokens: both cut it at 512."""
    model = {"pattern": "M", "d_model": 16, "vocab_size": 20000, "mamba2": {"heads": 2, "head_dim": 16, "state": 16}}
    braid.compile(model, tmp_path / "wide.so", dtype="f32", entries=["score"])
    document = rng.integers(0, 20000, 900).astype(np.int32)
    np.save(tmp_path / "tokens.npy", document[None])
    seed = ("--init", f"random:{SEED}")
    out = tmp_path / "logits.npy"
    run_tool("braid", "score", tmp_path / "wide.so", *seed, "--tokens", tmp_path / "tokens.npy", "--logits", out)
    run_tool(
        "braid", "score", tmp_path / "wide.so", *seed, "--tokens", tmp_path / "tokens.npy", "--logits",
        tmp_path / "cut.npy", "--piece", 512,
    )  # fmt: skip
    assert np.array_equal(np.load(out), np.load(tmp_path / "cut.npy"))
    (found,) = braid.score(braid.Program(tmp_path / "wide.so", seed=SEED), [document])
    assert np.array_equal(found.logprobs, exact(np.load(out)[0, :-1], document[1:]).astype(np.float32))


def test_equals_the_logits(program, session, rng):
    document = rng.integers(0, VOCAB, 60)
    logits = session.score([document])
    (found,) = braid.score(program, [document])
    assert np.abs(found.logprobs - exact(logits[:-1], document[1:])).max() < 1e-6
    assert np.array_equal(found.greedy, logits[:-1].argmax(1) == document[1:])


def test_greedy_tokens_are_greedy(program):
    tokens = [5, *braid.generate(program, [5], max_new=30, stop=())]
    (found,) = braid.score(program, [tokens])
    assert found.greedy.all()
    changed = list(tokens)
    changed[10] = (changed[10] + 1) % VOCAB
    assert not braid.score(program, [changed])[0].greedy[9]


@pytest.mark.parametrize("rows", [1, 2, 5, None])
@pytest.mark.parametrize("piece", [16, 64, None])
def test_neighbours_change_no_bit(program, rows, piece, rng):
    """In content, in length and in order."""
    documents = [rng.integers(0, VOCAB, n) for n in (30, 2, 1, 200, 64, 65, 17, 3, 120)]
    alone = [braid.score(program, [document], piece=piece)[0] for document in documents]
    for order in (range(9), rng.permutation(9), [3, 3, 0]):
        found = braid.score(program, [documents[i] for i in order], rows=rows, piece=piece)
        for i, document in zip(order, found):
            assert np.array_equal(document.logprobs, alone[i].logprobs)
            assert np.array_equal(document.greedy, alone[i].greedy)


def test_pieces_agree(program, rng):
    document = rng.integers(0, VOCAB, 300)
    whole = braid.score(program, [document])[0].logprobs
    # Cuts at multiples of the scan's chunk of 16 change no bit.
    assert np.array_equal(braid.score(program, [document], piece=48)[0].logprobs, whole)
    assert np.abs(braid.score(program, [document], piece=7)[0].logprobs - whole).max() < 1e-4


def test_long_document_among_short_ones(program, rng):
    """A document longer than a call, in several."""
    documents = [rng.integers(0, VOCAB, n) for n in (10, 3000, 12)]
    found = braid.score(program, documents)
    assert [document.logprobs.size for document in found] == [9, 2999, 11]
    assert np.isfinite(np.concatenate([document.logprobs for document in found])).all()
    assert np.array_equal(found[1].logprobs, braid.score(program, documents[1:2])[0].logprobs)


def test_order_of_the_iterator(program, rng):
    documents = [rng.integers(0, VOCAB, n) for n in (300, 2, 50)]
    sizes = [found.logprobs.size for found in braid.scores(program, documents, piece=16)]
    assert sizes == [299, 1, 49]


def test_small(program):
    assert braid.score(program, []) == []
    (one,) = braid.score(program, [[5]])
    assert one.logprobs.shape == one.greedy.shape == (0,)


@pytest.mark.parametrize(
    "documents, words",
    [
        ([[]], r"documents\[0\]: expected at least one token, found none"),
        ([5], r"documents\[0\]: expected a sequence of integers, found int"),
        ("text", "documents: expected a sequence of documents, found str"),
        ([[5, VOCAB, 1]], f"expected an id from 0 to {VOCAB - 1}, found {VOCAB}"),
        # The last one is not run.
        ([[1, 2], [5, 6, VOCAB]], rf"documents\[1\]: token 2: expected an id from 0 to {VOCAB - 1}, found {VOCAB}"),
        ([[5, -3]], rf"documents\[0\]: token 1: expected an id from 0 to {VOCAB - 1}, found -3"),
        ([[VOCAB]], rf"documents\[0\]: token 0: expected an id from 0 to {VOCAB - 1}, found {VOCAB}"),
    ],
)
def test_mistakes(program, documents, words):
    with pytest.raises(braid.BraidError, match=words):
        braid.score(program, documents)


def test_packing_is_full():
    """Short documents share calls; each piece runs once and in order."""
    from braid._packing import packed

    lengths = [10] * 100 + [100] + [0] + [7] * 3
    calls = list(packed(lengths, piece=32, capacity=64, rows=8))
    assert len(calls) < 25
    ran = {}
    for call in calls:
        assert sum(p.end - p.begin for p in call) <= 64 and len(call) <= 8
        assert len({p.slot for p in call}) == len(call) and all(p.slot < 8 for p in call)
        for p in call:
            assert ran.get(p.sequence, 0) == p.begin and p.end - p.begin <= 32
            ran[p.sequence] = p.end
            assert p.last == (p.end == lengths[p.sequence])
    assert ran == {i: n for i, n in enumerate(lengths) if n}
