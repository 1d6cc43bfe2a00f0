"""Calls, rows and slots."""

import threading

import numpy as np
import pytest
from conftest import SEED, VOCAB, relative_error, run_python, run_tool

import braid


def test_equals_the_reference_evaluator(session, weights, description, tmp_path, rng):
    tokens = rng.integers(0, VOCAB, (2, 100)).astype(np.int32)
    np.save(tmp_path / "tokens.npy", tokens)
    run_tool(
        "braidc",
        description,
        "--target=reference",
        "--weights",
        weights,
        "--tokens",
        tmp_path / "tokens.npy",
        "--logits",
        tmp_path / "logits.npy",
    )
    expected = np.load(tmp_path / "logits.npy")
    found = session.score(tokens).reshape(2, 100, VOCAB)
    assert relative_error(found, expected) < 2e-5
    for slot in range(2):
        session.reset(slot)
    last = session.prefill(tokens)
    assert relative_error(last, expected[:, -1]) < 2e-5
    for slot in range(2):
        session.reset(slot)
    session.prefill(tokens[:, :-1])
    assert relative_error(session.decode(tokens[:, -1]), expected[:, -1]) < 2e-5
    assert [session.length(slot) for slot in range(4)] == [100, 100, 0, 0]


def test_equals_the_tool_to_the_bit(session, artifact, tmp_path, rng):
    tokens = rng.integers(0, VOCAB, (3, 64)).astype(np.int32)
    np.save(tmp_path / "tokens.npy", tokens)
    run_tool(
        "braid",
        "score",
        artifact,
        "--init",
        f"random:{SEED}",
        "--tokens",
        tmp_path / "tokens.npy",
        "--logits",
        tmp_path / "logits.npy",
    )
    assert np.array_equal(session.score(tokens).reshape(3, 64, VOCAB), np.load(tmp_path / "logits.npy"))


def test_rows_do_not_depend_on_their_neighbours(session, rng):
    rows = [rng.integers(0, VOCAB, n) for n in (50, 1, 33)]
    together = session.prefill(rows, [2, 0, 3])
    for row, expected in zip(rows, together):
        session.reset(1)
        assert np.array_equal(session.prefill([row], [1])[0], expected)


def test_packed_rows(session, rng):
    rows = [rng.integers(0, VOCAB, n) for n in (5, 9)]
    expected = session.prefill(rows)
    for slot in range(2):
        session.reset(slot)
    found = session.run("prefill", np.concatenate(rows), [0, 5, 14], [0, 1])
    assert np.array_equal(found, expected)


def test_padding(session):
    logits = session.prefill([[5, 7], [11]], [-1, 1])
    assert [session.length(slot) for slot in range(4)] == [0, 1, 0, 0]
    assert np.array_equal(logits[1], session.prefill([[11]], [2])[0])


def test_copy(session, rng):
    """A fork goes on as the original does, and neither changes the other."""
    session.prefill([rng.integers(0, VOCAB, 150)], [0])
    session.copy(0, 2)
    session.copy(0, 3)
    a = session.decode([5], [0])
    b = session.decode([6], [0])
    session.prefill([[1] * 40], [2])
    assert np.array_equal(session.decode([5], [3]), a)
    session.reset(0)
    assert np.array_equal(session.decode([6], [3]), b)
    assert [session.length(slot) for slot in range(4)] == [0, 0, 190, 152]


def test_snapshot(session, program, rng):
    session.prefill([rng.integers(0, VOCAB, 150)], [0])
    snapshot = session.snapshot(0)
    assert snapshot.dtype == np.uint8 and snapshot.ndim == 1
    expected = session.decode([5], [0])
    with braid.Session(program, max_rows=2, max_tokens=8, max_context=200) as other:
        for form in (snapshot, snapshot.tobytes(), bytearray(snapshot), memoryview(snapshot)):
            other.restore(1, form)
            assert other.length(1) == 150
            assert np.array_equal(other.decode([5], [1]), expected)


def test_rollback(program, rng):
    """As if the tokens had never been given, to the bit, in pieces of 1 to 3 tokens."""
    tokens = rng.integers(0, VOCAB, 40)
    with braid.Session(program, max_tokens=64, max_context=200, slots=2, checkpoints=32) as session:
        assert session.rollback_limit(0) == 0
        session.prefill([tokens[:20]])
        session.copy(0, 1)
        expected = session.prefill([tokens[30:33]], [1])
        session.prefill([tokens[20:22]], [0])
        session.decode(tokens[22:23])
        session.prefill([tokens[23:26]], [0])
        assert session.rollback_limit(0) >= 6
        session.rollback(0, 6)
        assert session.length(0) == 20
        assert np.array_equal(session.prefill([tokens[30:33]], [0]), expected)
        session.rollback(0, 3)
        with pytest.raises(braid.BraidError, match="expected"):
            session.rollback(0, 21)
        with pytest.raises(braid.BraidError, match="expected"):
            session.rollback(0, -1)
        assert session.length(0) == 20
    with braid.Session(program, max_tokens=64, max_context=200) as session:
        session.prefill([tokens[:20]])
        with pytest.raises(braid.BraidError, match="checkpoint"):
            session.rollback(0, 1)


def test_files(program, artifact, tmp_path, rng):
    with braid.Session(program, max_tokens=64, max_context=200, slots=2) as session:
        session.prefill([rng.integers(0, VOCAB, 40)], [1])
        session.save(1, tmp_path / "state")
        expected = session.decode([5], [1])
    assert braid.saved_length(tmp_path / "state") == 40
    output, _ = run_python(
        "-c",
        f"""
import braid
program = braid.Program({str(artifact)!r}, seed={SEED})
with braid.Session(program, max_context=braid.saved_length({str(tmp_path / "state")!r}) + 1) as session:
    session.load(0, {str(tmp_path / "state")!r})
    print(session.length(0), session.decode([5]).tobytes().hex())
""",
    )
    assert output.split() == ["40", expected.tobytes().hex()]
    other = braid.Program(artifact, seed=SEED + 1)
    with braid.Session(other, max_context=100) as session:
        session.prefill([[5, 7]])
        with pytest.raises(braid.BadInputError, match="expected"):
            session.load(0, tmp_path / "state")
        (tmp_path / "cut").write_bytes((tmp_path / "state").read_bytes()[:-7])
        with pytest.raises(braid.BadInputError, match="cut"):
            session.load(0, tmp_path / "cut")
        with pytest.raises(braid.FileError, match="none"):
            session.load(0, tmp_path / "none")
        with pytest.raises(braid.FileError):
            session.save(0, tmp_path / "none" / "state")
        with pytest.raises(braid.UsageError, match="path: expected a path, found int"):
            session.save(0, 5)
        assert session.length(0) == 2
    with pytest.raises(braid.FileError):
        braid.saved_length(tmp_path / "none")


@pytest.mark.parametrize(
    "spoil, words",
    [
        (lambda s: s[:-1], "snapshot"),
        (lambda s: s[:8], "snapshot"),
        (lambda s: np.zeros_like(s), "snapshot"),
        (lambda s: s[::2], "expected contiguous bytes"),
        (lambda s: s[:0], "expected bytes, found none"),
        (lambda s: 5, "expected bytes, found int"),
        (lambda s: "text", "expected bytes, found str"),
    ],
)
def test_spoiled_snapshot(session, spoil, words):
    session.prefill([[5, 7]], [0])
    snapshot = session.snapshot(0)
    session.prefill([[9]], [1])
    with pytest.raises((braid.BadInputError, braid.UsageError), match=words):
        session.restore(1, spoil(snapshot))
    assert session.length(1) == 1


def test_out(session):
    out = np.full((2, VOCAB), np.nan, np.float32)
    result = session.prefill([[5], [7]], out=out)
    assert result is out and np.isfinite(out).all()
    part = np.full((4, VOCAB), np.nan, np.float32)
    session.decode([1, 2], out=part[1:3])
    assert np.isnan(part[[0, 3]]).all() and np.isfinite(part[1:3]).all()


class Tensor:
    """A tensor of another library, of which nothing is known but DLPack."""

    def __init__(self, array, device=(1, 0), versioned=True):
        self._array, self._device, self._versioned = array, device, versioned

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**(options if self._versioned else {}))

    def __dlpack_device__(self):
        return self._device


needs_versions = pytest.mark.skipif(
    tuple(map(int, np.__version__.split(".")[:2])) < (2, 1),
    reason="this NumPy exports DLPack without versions, which makes memory read-only",
)


def test_dlpack_tokens(session):
    expected = session.prefill([[5, 7, 11]], [0])
    for dtype in (np.int32, np.int64, np.uint8):
        session.reset(0)
        assert np.array_equal(session.prefill([Tensor(np.array([5, 7, 11], dtype))], [0]), expected)
    with pytest.raises(
        braid.UsageError, match=r"expected a tensor in the CPU's memory, found one on DLPack device \(2, 1\)"
    ):
        session.prefill([Tensor(np.array([5], np.int32), device=(2, 1))], [0])
    with pytest.raises(braid.UsageError, match="expected integers, found float32"):
        session.prefill([Tensor(np.array([5], np.float32))], [0])


@needs_versions
def test_dlpack_out(session):
    memory = np.zeros((1, VOCAB), np.float32)
    found = session.prefill([[5]], out=Tensor(memory))
    assert np.shares_memory(found, memory) and memory.any()
    with pytest.raises(braid.UsageError, match="out: expected a writable array, found a read-only one"):
        session.decode([5], out=Tensor(memory, versioned=False))


def test_logits_export_dlpack(session):
    logits = session.prefill([[5]])
    assert np.shares_memory(np.from_dlpack(logits), logits)


def test_session_bytes(program):
    few = braid.session_bytes(program, max_rows=1, max_context=128)
    assert 0 < few < braid.session_bytes(program, max_rows=1, max_context=100000)


def test_threads_share_a_program(program, rng):
    rows = [rng.integers(0, VOCAB, 40) for _ in range(4)]
    with braid.Session(program, max_rows=4) as session:
        expected = session.prefill(rows)
    found = [None] * 4

    def work(i):
        with braid.Session(program, threads=1) as own:
            for _ in range(10):
                own.reset(0)
                found[i] = own.prefill([rows[i]])[0]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(np.stack(found), expected)
