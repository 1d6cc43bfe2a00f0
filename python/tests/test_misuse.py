"""Mistakes of the caller's: each is an exception of one line, and none ends the interpreter."""

import os
import re
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import ROOT, VOCAB

import braid

MISTAKES = [
    # The call
    (
        lambda s: s.prefill([[VOCAB]]),
        braid.BadInputError,
        f"token 0: expected an id from 0 to {VOCAB - 1}, found {VOCAB}",
    ),
    (lambda s: s.prefill([[-1]]), braid.BadInputError, f"expected an id from 0 to {VOCAB - 1}, found -1"),
    (lambda s: s.prefill([[2**31]]), braid.UsageError, r"rows\[0\]: expected integers from -2147483648 to 2147483647"),
    (lambda s: s.prefill([[2**80]]), braid.UsageError, r"rows\[0\]: expected integers, found object"),
    (lambda s: s.prefill([np.array([2**63], np.uint64)]), braid.UsageError, "found 9223372036854775808"),
    (lambda s: s.prefill([]), braid.UsageError, "expected at least one row"),
    (lambda s: s.prefill([[]]), braid.UsageError, "expected at least one row, and numbers that rise"),
    (lambda s: s.prefill([[5], []]), braid.UsageError, r"found \[0, 1, 1\]"),
    (lambda s: s.prefill([5]), braid.UsageError, "expected a sequence of rows, found a sequence of int"),
    (lambda s: s.prefill("text"), braid.UsageError, "expected a sequence of rows, found str"),
    (lambda s: s.prefill(["text"]), braid.UsageError, r"rows\[0\]: expected a sequence of integers, found str"),
    (lambda s: s.prefill(None), braid.UsageError, "expected a sequence of rows, found NoneType"),
    (lambda s: s.prefill([None]), braid.UsageError, "found a sequence of NoneType"),
    (lambda s: s.prefill([[[5]]]), braid.UsageError, r"rows\[0\]: expected one dimension, found the shape \[1, 1\]"),
    (lambda s: s.prefill([[5.0]]), braid.UsageError, r"rows\[0\]: expected integers, found float64"),
    (lambda s: s.prefill([[True]]), braid.UsageError, "expected integers, found bool"),
    (lambda s: s.prefill([np.array([True])]), braid.UsageError, "expected integers, found bool"),
    (lambda s: s.prefill([["a"]]), braid.UsageError, "expected integers, found <U1"),
    (lambda s: s.prefill([[[5], [5, 6]]]), braid.UsageError, r"rows\[0\]: expected"),
    (lambda s: s.prefill([np.zeros(257, np.int32)]), braid.LimitError, "limit 'max_tokens': expected at most 256"),
    (lambda s: s.prefill([[1]] * 5), braid.LimitError, "limit 'max_rows': expected at most 4 rows, found 5"),
    (
        lambda s: [s.prefill([np.zeros(200, np.int32)]) for _ in range(3)],
        braid.LimitError,
        "limit 'max_context': expected at most 400 tokens in slot 0, found 400 and 200 more",
    ),
    (lambda s: s.decode([[5]]), braid.UsageError, "tokens: expected one dimension"),
    (lambda s: s.decode(5), braid.UsageError, "tokens: expected a sequence of integers, found int"),
    (lambda s: s.decode({5: 6}), braid.UsageError, "tokens: expected"),
    (lambda s: s.run("decode", [1, 2], [0, 2]), braid.UsageError, "'decode': expected 1 token in row 0, found 2"),
    (lambda s: s.run("none", [1], [0, 1]), braid.UsageError, "expected one of the entry points prefill, decode, score"),
    (lambda s: s.run(0, [1], [0, 1]), braid.UsageError, "entry: expected a name, found int"),
    (lambda s: s.run(np.zeros((2, 3)), [1], [0, 1]), braid.UsageError, "entry: expected a name, found ndarray"),
    (lambda s: s.run("prefill", [1], [0, 2]), braid.UsageError, "rise from 0 to the 1 tokens, found"),
    (lambda s: s.run("prefill", [1, 2], [0, 10**6, 2]), braid.UsageError, r"found \[0, 1000000, 2\]"),
    (lambda s: s.run("prefill", [1, 2], [1, 2]), braid.UsageError, "row_start: expected"),
    (lambda s: s.run("prefill", [1], []), braid.UsageError, "row_start: expected at least one row"),
    (lambda s: s.run("prefill", [1], [0.0, 1.0]), braid.UsageError, "row_start: expected integers, found float64"),
    # Slots
    (lambda s: s.prefill([[1]], [4]), braid.LimitError, "limit 'slots': expected a slot below 4 for row 0, found 4"),
    (lambda s: s.prefill([[1]], [2**31]), braid.UsageError, "slots: expected integers from"),
    (
        lambda s: s.prefill([[1], [2]], [1, 1]),
        braid.UsageError,
        "expected each slot once in a call, found slot 1 again",
    ),
    (lambda s: s.prefill([[1], [2]], [1]), braid.UsageError, "slots: expected one for each of 2 rows, found 1"),
    (lambda s: s.prefill([[1]], ["a"]), braid.UsageError, "slots: expected integers"),
    (lambda s: s.reset(-1), braid.LimitError, "expected a slot from 0 to 3, found -1"),
    (lambda s: s.reset(4), braid.LimitError, "expected a slot from 0 to 3, found 4"),
    (lambda s: s.reset(2**64), braid.UsageError, "slot: expected an integer from"),
    (lambda s: s.reset(None), braid.UsageError, "slot: expected an integer, found NoneType"),
    (lambda s: s.length(-1), braid.UsageError, "expected a slot from 0 to 3, found -1"),
    (lambda s: s.rollback(9, 0), braid.BraidError, "expected a slot from 0 to 3, found 9"),
    (lambda s: s.rollback(0, 1.5), braid.UsageError, "tokens: expected an integer, found float"),
    (lambda s: s.rollback_limit(9), braid.UsageError, "expected a slot from 0 to 3, found 9"),
    (lambda s: s.copy(0, 9), braid.LimitError, "expected a slot from 0 to 3, found 9"),
    (lambda s: s.snapshot(9), braid.UsageError, "expected a slot from 0 to 3, found 9"),
    (lambda s: s.restore(9, b"1"), braid.LimitError, "expected a slot from 0 to 3, found 9"),
    # Where logits go
    (lambda s: s.prefill([[1]], out=np.zeros((1, VOCAB))), braid.UsageError, "out: expected float32 of shape"),
    (
        lambda s: s.prefill([[1]], out=np.zeros((2, VOCAB), np.float32)),
        braid.UsageError,
        rf"expected float32 of shape \[1, {VOCAB}\], found float32 of shape \[2, {VOCAB}\]",
    ),
    (
        lambda s: s.prefill([[1]], out=np.zeros((1, 2 * VOCAB), np.float32)[:, ::2]),
        braid.UsageError,
        "expected a contiguous array in C order, found one with strides",
    ),
    (
        lambda s: s.prefill([[1], [2]], out=np.zeros((VOCAB, 2), np.float32).T),
        braid.UsageError,
        "expected a contiguous",
    ),
    (
        lambda s: s.prefill([[1]], out=np.broadcast_to(np.float32(0), (1, VOCAB))),
        braid.UsageError,
        "expected a contiguous",
    ),
    (
        lambda s: s.prefill([[1]], out=np.frombuffer(bytes(4 * VOCAB), np.float32).reshape(1, VOCAB)),
        braid.UsageError,
        "expected a writable array, found a read-only one",
    ),
    (
        lambda s: s.prefill(
            [[1]], out=np.frombuffer(bytearray(4 * VOCAB + 1), np.uint8)[1:].view(np.float32).reshape(1, -1)
        ),
        braid.UsageError,
        "not aligned",
    ),
    (lambda s: s.prefill([[1]], out=np.zeros((1, VOCAB), ">f4")), braid.UsageError, "found >f4"),
    (
        lambda s: s.prefill([[1]], out=[0.0] * VOCAB),
        braid.UsageError,
        "out: expected an array or a DLPack tensor, found list",
    ),
]


@pytest.mark.parametrize("mistake, kind, words", MISTAKES)
def test_mistakes(session, mistake, kind, words):
    with pytest.raises(kind, match=words) as found:
        mistake(session)
    assert "\n" not in str(found.value) and str(found.value) == found.value.message
    # Nothing has changed: the session goes on.
    session.reset(1)
    assert np.isfinite(session.prefill([[1]], [1])).all()


@pytest.mark.parametrize(
    "limits, words",
    [
        ({"max_rows": 0}, "limit 'max_rows': expected 1 to"),
        ({"max_rows": -1, "slots": 1}, "limit 'max_rows': expected 1 to"),
        ({"max_rows": 2**70}, "limit 'max_rows': expected an integer from"),
        ({"max_rows": 1.5}, "limit 'max_rows': expected an integer, found float"),
        ({"max_tokens": 2**31}, "limit 'max_tokens': expected 1 to"),
        ({"max_context": 0}, "limit 'max_context': expected 1 to"),
        ({"slots": 0}, "limit 'slots': expected 1 to"),
        ({"threads": -1}, "limit 'threads': expected an integer from 0 to 4096, found -1"),
        ({"max_context": 2**40, "slots": 2**20}, "expected|memory"),
    ],
)
def test_limits(program, limits, words):
    with pytest.raises(braid.BraidError, match=words) as found:
        braid.Session(program, **limits)
    assert "\n" not in str(found.value)


def test_no_program():
    for wrong in (None, "program", 5):
        for use in (
            braid.Session,
            braid.session_bytes,
            braid.bench,
            lambda p: braid.generate(p, [1]),
            lambda p: braid.score(p, [[1, 2]]),
        ):
            with pytest.raises(braid.UsageError, match="program: expected a Program, found"):
                use(wrong)


def test_closed_session(session):
    session.prefill([[5]])
    session.close()
    session.close()
    assert session.closed and "closed" in repr(session)
    for use in (
        lambda: session.prefill([[5]]),
        lambda: session.decode([5]),
        lambda: session.reset(0),
        lambda: session.length(0),
        lambda: session.copy(0, 1),
        lambda: session.snapshot(0),
        lambda: session.restore(0, b"1"),
        session.__enter__,
        lambda: session.rollback(0, 1),
        lambda: session.rollback_limit(0),
        lambda: session.save(0, "x"),
        lambda: session.load(0, "x"),
    ):
        with pytest.raises(braid.UsageError, match="expected an open session, found a closed one"):
            use()


def test_one_thread_at_a_time(program):
    """While one thread runs a call, others get an error: from calls, from slots and from close()."""
    with braid.Session(program, max_tokens=2048, max_context=2**20) as session:
        running = threading.Event()
        stop = threading.Event()

        def run():
            running.set()
            while not stop.is_set():
                try:
                    session.reset(0)
                    session.prefill([np.zeros(2048, np.int32)])
                except braid.UsageError:
                    pass

        thread = threading.Thread(target=run)
        thread.start()
        running.wait()
        busy = "expected a session that no other thread is using, found a busy one"
        try:
            for use in (lambda: session.length(0), lambda: session.snapshot(0), lambda: session.rollback_limit(0)):
                deadline = time.monotonic() + 100  # a machine may be slow to give the other thread a turn
                while time.monotonic() < deadline:
                    try:
                        use()
                    except braid.UsageError as error:
                        assert str(error) == busy
                        break
                    time.sleep(1e-4)
                else:
                    pytest.fail("expected a busy session once in a while")
            try:
                session.close()  # between two calls of the other thread it may
            except braid.UsageError as error:
                assert str(error) == busy
        finally:
            stop.set()
            thread.join()


def test_tokens_that_change_during_a_call(session):
    """Another thread writes bad ids into the array of a running call: the call has its own."""
    tokens = np.ones(256, np.int32)
    stop = threading.Event()

    def spoil():
        while not stop.is_set():
            tokens[:] = 2**30
            tokens[:] = 1

    thread = threading.Thread(target=spoil)
    thread.start()
    for _ in range(50):
        session.reset(0)
        try:
            session.prefill([tokens])
        except braid.BadInputError:
            pass
    stop.set()
    thread.join()


def test_after_a_fork(session):
    """A forked process has none of the session's threads: it gets an error, and does not wait for them at its end."""
    session.prefill([[5]])
    pid = os.fork()
    if pid == 0:
        try:
            session.prefill([[5]])
        except braid.UsageError as error:
            session.close()
            os._exit(0 if "before a fork" in str(error) else 3)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_samplers(program):
    sampler = braid.Sampler(braid.Sampling(), 4)
    assert sampler.next(np.array([0, 2, 1, 2], np.float32)) == 1
    assert sampler.next(np.array([9, 0, 2, 0, 1, 0, 2, 0], np.float32)[::2]) == 0
    for wrong in (np.zeros(5, np.float32), np.zeros(4), np.zeros((1, 4), np.float32), [1, 2, 3, 4], "text"):
        with pytest.raises(braid.UsageError, match=r"logits: expected float32 of shape \[4\]"):
            sampler.next(wrong)
    for fields, words in (
        ({"temperature": -1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_k": -1}, "top_k"),
        ({"top_k": 1.5}, "top_k"),
        ({"top_p": 2}, "top_p"),
        ({"min_p": "x"}, "min_p: expected a number, found str"),
        ({"seed": -1}, "seed"),
    ):
        with pytest.raises(braid.UsageError, match=words):
            braid.Sampler(braid.Sampling(**fields), 4)
    with pytest.raises(braid.UsageError, match="sampling: expected a Sampling, found dict"):
        braid.Sampler({}, 4)
    with pytest.raises(braid.BraidError):
        braid.Sampler(braid.Sampling(), 0)


def test_random_misuse(artifact):
    """Thousands of random calls with random arguments in a process of its own: BraidError or a result, nothing else."""
    code = textwrap.dedent("""
        import random, sys, threading
        import numpy as np
        import braid
        r = random.Random(int(sys.argv[2]))
        program = braid.Program(sys.argv[1], seed=1)
        junk = [None, -1, 0, 1, 3, 4, 2**31, 2**63, -2**63, 1.5, "a", b"", b"abc", [], [1], [0, 1], [1, -1],
                [[1, 2]], [[1], [2]], {}, (), np.zeros(3, np.int32), np.zeros((2, 3), np.int64), np.zeros(0),
                np.ones(300, np.uint8), float("nan"), np.zeros((1, 400), np.float32), object(), True, np.int64(2),
                np.zeros((3, 400), np.float32)[::2], range(5)]
        names = ["prefill", "decode", "score", "run", "reset", "length", "copy", "snapshot", "restore",
                 "rollback", "rollback_limit", "close"]
        done = failed = 0
        def attack(session, seed):
            global done, failed
            own = random.Random(seed)
            for _ in range(400):
                name = own.choice(names if own.random() < 0.02 else names[:-1])
                count = own.choice([0, 1, 1, 1, 2, 2, 3])
                arguments = [own.choice(junk) for _ in range(count)]
                if name == "restore" and own.random() < 0.5:
                    try:
                        data = session.snapshot(0)
                        data[own.randrange(data.size)] ^= 1 << own.randrange(8)
                        arguments = [1, data]
                    except braid.BraidError:
                        pass
                options = {"out": own.choice(junk)} if own.random() < 0.1 else {}
                try:
                    getattr(session, name)(*arguments, **options)
                    done += 1
                except braid.BraidError as error:
                    failed += 1
                    assert "\\n" not in str(error), error
                except TypeError as error:  # Python's own, for the number of arguments
                    assert "argument" in str(error), error
        for round in range(6):
            session = braid.Session(program, max_rows=3, max_tokens=300, max_context=320, slots=4, checkpoints=3)
            threads = [threading.Thread(target=attack, args=(session, r.random())) for _ in range(1 + round % 3)]
            [t.start() for t in threads]
            [t.join() for t in threads]
        print(done, failed)
    """)
    for seed in (1, 2):
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-c", code, str(artifact), str(seed)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0 and "Exception in thread" not in done.stderr, done.stderr[-3000:]
        succeeded, failed = map(int, done.stdout.split())
        assert succeeded > 10 and failed > 100, (succeeded, failed)  # threads in the way of each other succeed less


def test_every_message_is_one_line_of_expected_and_found():
    """The package's own messages, as they stand in its source."""
    sources = "".join(path.read_text() for path in (ROOT / "python" / "braid").rglob("*.py"))
    raised = re.findall(r"raise \w*Error\(\s*f?\"([^\"]*)", sources)
    assert len(raised) > 40
    for text in raised:
        assert "expected" in text or text.startswith("cannot ") or "{" in text[:3], text
