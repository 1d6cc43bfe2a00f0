"""Tokens as they come."""

import gc
import itertools
import os

import numpy as np
import pytest
from conftest import SEED, VOCAB, run_tool

import braid
from braid._library import library

SAMPLING = [
    braid.Sampling(),
    braid.Sampling(temperature=1.3, seed=7),
    braid.Sampling(temperature=2.0, top_k=5, seed=2**64 - 1),
    braid.Sampling(temperature=0.8, top_p=0.7, min_p=0.02, seed=1),
]


def by_the_tool(artifact, prompt, count, sampling=braid.Sampling(), *options):
    text = run_tool(
        "braid",
        "generate",
        artifact,
        "--init",
        f"random:{SEED}",
        "--tokens",
        ",".join(map(str, prompt)),
        "--max-new",
        count,
        "--print-tokens",
        "--temperature",
        sampling.temperature,
        "--top-k",
        sampling.top_k,
        "--top-p",
        sampling.top_p,
        "--min-p",
        sampling.min_p,
        "--seed",
        sampling.seed,
        *options,
    )
    line = text.splitlines()[-1]
    return [int(word) for word in line.split(",")] if line else []


@pytest.mark.parametrize("sampling", SAMPLING)
def test_equals_the_tool(program, artifact, sampling):
    found = list(braid.generate(program, [5, 7, 11], max_new=40, sampling=sampling, stop=()))
    assert found == by_the_tool(artifact, [5, 7, 11], 40, sampling, "--ignore-eos")
    assert len(found) == 40


@pytest.mark.parametrize("chunk", [1, 16, 512])
def test_long_prompt_in_chunks(program, artifact, chunk, rng):
    prompt = rng.integers(0, VOCAB, 100)
    found = list(braid.generate(program, prompt, max_new=5, chunk=chunk, stop=()))
    assert found == by_the_tool(artifact, prompt, 5, braid.Sampling(), "--ignore-eos", "--chunk", chunk)


def test_end_of_sequence(program, artifact):
    """The model's tokens 2 and 3 end a sequence, and come as its last."""
    for seed in range(20):
        sampling = braid.Sampling(temperature=100.0, seed=seed)
        found = list(braid.generate(program, [5], max_new=300, sampling=sampling))
        assert found == by_the_tool(artifact, [5], 300, sampling)
        if found[-1] in (2, 3):
            break
    else:
        pytest.fail("no sequence ended")
    assert not {2, 3} & set(found[:-1])
    everything = list(braid.generate(program, [5], max_new=300, sampling=sampling, stop=()))
    assert everything[: len(found)] == found and len(everything) == 300
    stop = everything[10]
    ended = list(braid.generate(program, [5], max_new=300, sampling=sampling, stop=[stop]))
    assert ended == everything[: everything.index(stop) + 1]


@pytest.mark.parametrize("rows", [1, 2, 3, 8])
def test_many_equal_each_alone(program, rows, rng):
    prompts = [rng.integers(0, VOCAB, n) for n in (3, 40, 1, 17, 130, 8, 2)]
    samplings = [SAMPLING[i % 4] for i in range(7)]
    counts = [5, 30, 1, 0, 12, 8, 20]
    alone = [
        list(braid.generate(program, prompt, max_new=n, sampling=s, chunk=32))
        for prompt, n, s in zip(prompts, counts, samplings)
    ]
    found = [[] for _ in prompts]
    for new in braid.generate_many(program, prompts, max_new=counts, sampling=samplings, rows=rows, chunk=32):
        found[new.prompt].append(new.token)
    assert found == alone and found[3] == []


def test_they_come_as_they_are_made(program):
    """The iterator runs no further than what was asked of it, and many prompts take turns."""
    tokens = braid.generate(program, [5], max_new=10**6, stop=())
    assert len(list(itertools.islice(tokens, 5))) == 5
    order = [new.prompt for new in braid.generate_many(program, [[5], [7], [9]], max_new=3, stop=())]
    assert order == [0, 1, 2] * 3


def test_finish(program):
    with braid.generate_many(program, [[5], [7], [9]], max_new=10, stop=(), rows=2) as tokens:
        found = [[], [], []]
        for prompt, token in tokens:
            found[prompt].append(token)
            if len(found[0]) == 3:
                tokens.finish(0)
    assert [len(each) for each in found] == [3, 10, 10]
    alone = [list(braid.generate(program, [prompt], max_new=10, stop=())) for prompt in (5, 7, 9)]
    assert [a[: len(b)] for a, b in zip(alone, found)] == found
    with braid.generate_many(program, [[5], [7]], max_new=10, stop=(), rows=1) as tokens:
        tokens.finish(1)
        assert {prompt for prompt, _ in tokens} == {0}


def test_finish_of_another(program):
    """One that ends in the middle of a step moves no other's tokens."""
    alone = [list(braid.generate(program, [prompt], max_new=10, stop=())) for prompt in (5, 7, 9)]
    with braid.generate_many(program, [[5], [7], [9]], max_new=10, stop=()) as tokens:
        found = [[], [], []]
        for prompt, token in tokens:
            found[prompt].append(token)
            if prompt == 0 and len(found[0]) == 4:
                tokens.finish(1)
    assert found == [alone[0], alone[1][:3], alone[2]]


def test_left_early(program):
    tokens = braid.generate_many(program, [[5], [7]], max_new=10, stop=())
    next(tokens)
    tokens.close()
    with pytest.raises(StopIteration):
        next(tokens)
    del tokens
    gc.collect()


@pytest.mark.parametrize("prompts", (1, 2))
def test_memory_is_given_back(program, monkeypatch, prompts):
    """At close() and behind the last token, with the iterator still there."""
    given_back = []
    destroy = library().braid_session_destroy
    monkeypatch.setattr(library(), "braid_session_destroy", lambda address: given_back.append(destroy(address)))

    def start(max_new):
        if prompts == 1:
            return braid.generate(program, [5], max_new=max_new, stop=())
        return braid.generate_many(program, [[5], [7]], max_new=max_new, stop=())

    early = start(10)
    for _ in range(2 * prompts):
        next(early)
    assert not given_back
    early.close()
    gc.collect()
    assert len(given_back) == 1
    whole = start(2)
    assert len(list(whole)) == 2 * prompts
    gc.collect()
    assert len(given_back) == 2


def test_after_a_fork(program):
    """A forked process has none of the session's threads: the next token is an error."""
    tokens = braid.generate(program, [5], max_new=10, stop=())
    next(tokens), next(tokens)
    pid = os.fork()
    if pid == 0:
        try:
            next(tokens)
        except braid.UsageError as error:
            os._exit(0 if "before a fork" in str(error) else 3)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(list(tokens)) == 8


@pytest.mark.parametrize(
    "options, words",
    [
        ({"prompt": []}, r"prompts\[0\]: expected at least one token, found none"),
        ({"prompt": "text"}, r"prompts\[0\]: expected a sequence of integers, found str"),
        ({"max_new": -1}, "max_new: expected an integer from 0"),
        ({"max_new": [1, 2]}, "max_new: expected one, or one for each of 1 prompts, found 2"),
        ({"chunk": 0}, "chunk: expected an integer from 1"),
        ({"stop": [VOCAB]}, f"stop: expected an integer from 0 to {VOCAB - 1}, found {VOCAB}"),
        ({"sampling": "x"}, "sampling: expected a Sampling, found str"),
        ({"sampling": braid.Sampling(top_p=-1)}, "top_p"),
        ({"threads": 10**6}, "threads"),
    ],
)
def test_mistakes(program, options, words):
    """They are raised by the call, not by the first token."""
    with pytest.raises(braid.UsageError, match=words):
        braid.generate(program, **{"prompt": [5], **options})


def test_mistakes_of_many(program):
    for prompts, words in (
        (None, "prompts: expected a sequence of prompts, found NoneType"),
        ("text", "prompts: expected a sequence of prompts, found str"),
        ([5, 7], r"prompts\[0\]: expected a sequence of integers, found int"),
    ):
        with pytest.raises(braid.UsageError, match=words):
            braid.generate_many(program, prompts)
    with pytest.raises(braid.BadInputError, match=f"expected an id from 0 to {VOCAB - 1}"):
        list(braid.generate_many(program, [[5], [VOCAB]]))
    assert list(braid.generate_many(program, [])) == []
