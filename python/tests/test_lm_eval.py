"""The model of lm-evaluation-harness, in the real harness on a made task."""

import json
import math
import os
import random
import tempfile

import numpy as np
import pytest
from conftest import SEED, VOCAB, run_python

# Neither the harness nor what it reads data with may go to the network, or write beside the tests.
_home = tempfile.TemporaryDirectory(prefix="braid-lm-eval-")
os.environ.update(HF_HOME=_home.name, HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
lm_eval = pytest.importorskip("lm_eval")

from lm_eval import utils  # noqa: E402
from lm_eval.api.instance import Instance  # noqa: E402
from lm_eval.api.model import LM  # noqa: E402
from lm_eval.api.registry import get_model  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

import braid  # noqa: E402
import braid.lm_eval  # noqa: E402


@pytest.fixture(scope="module")
def model(artifact, tokenizer_json):
    return braid.lm_eval.BraidLM(artifact, init=f"random:{SEED}", tokenizer=tokenizer_json, max_length=64)


def requests(kind, arguments):
    return [Instance(request_type=kind, doc={}, arguments=each, idx=i) for i, each in enumerate(arguments)]


def probability(model, context, continuation):
    """Of token ids, one document in a session of its own."""
    ids = (context + continuation)[-(model.max_length + 1) :]
    with braid.Session(model.program, max_tokens=len(ids)) as session:
        logits = session.score([ids[:-1]]).astype(np.float64)[-len(continuation) :]
    logits -= logits.max(1, keepdims=True)
    logits -= np.log(np.exp(logits).sum(1, keepdims=True))
    total = logits[np.arange(len(continuation)), continuation].sum()
    return total, bool((logits.argmax(1) == continuation).all())


def test_registered(model):
    assert get_model("braid") is braid.lm_eval.BraidLM and isinstance(model, LM)


def test_pairs(model):
    """Context and continuation are what the text of both has as its tokens."""
    for context, continuation in (
        ("The quick", " brown fox"),
        ("The quick ", "brown"),
        ("a\n", "b"),
        ("日本", "語"),
        ("emoji ", "😀"),
    ):
        first, second = model.encode_pair(context, continuation)
        assert first + second == model.encode(context + continuation)
        if context.isascii():  # else a token may hold bytes of both
            assert model.tokenizer.decode(first) == context.rstrip()
            assert model.tokenizer.decode(second) == context[len(context.rstrip()) :] + continuation


def test_pairs_equal_those_of_the_harness(model):
    """TemplateLM is what the harness's own models take theirs from."""
    template = pytest.importorskip("lm_eval.api.model").TemplateLM

    class Harness(template):
        eot_token_id = 1

        def tok_encode(self, string, add_special_tokens=None, **_):
            return model.encode(string)

        def _loglikelihood_tokens(self, requests, **_):
            return [(context, continuation) for _, context, continuation in requests]

        def loglikelihood_rolling(self, requests, disable_tqdm=False):
            raise NotImplementedError

        def generate_until(self, requests, disable_tqdm=False):
            raise NotImplementedError

    r = random.Random(5)
    words = "The quick brown fox jumps over lazy dog Hybrid models mix scans café 日本語".split()
    pairs = [("", "The quick"), ("The ", "quick")]
    for _ in range(200):
        text = " ".join(r.choice(words) for _ in range(6))
        cut = r.randrange(1, len(text) - 1)
        pairs.append((text[:cut], text[cut:]))
    expected = Harness().loglikelihood(requests("loglikelihood", pairs))
    compared = 0
    for (context, continuation), pair in zip(pairs, expected):
        if pair[1]:  # the harness's own models refuse an empty continuation
            assert model.encode_pair(context, continuation) == pair
            compared += 1
    assert compared > 150


def test_texts_that_grow_together(model):
    """Where the whole has no more tokens than the context alone, the continuation still has one."""
    whole = model.encode("The quick")
    for cut in range(1, 9):
        context, continuation = "The quick"[:cut], "The quick"[cut:]
        first, second = model.encode_pair(context, continuation)
        assert first and second
        assert len(first + second) >= len(whole)


def test_loglikelihood(model):
    pairs = [
        ("The quick brown", " fox"),
        ("", "The quick"),
        ("日本語", "のテキスト"),
        ("x", " y"),
        ("The quick brown", " dog"),
    ]
    found = model.loglikelihood(requests("loglikelihood", pairs))
    for (context, continuation), (total, greedy) in zip(pairs, found):
        expected, expected_greedy = probability(model, *model.encode_pair(context, continuation))
        assert total == pytest.approx(expected, abs=1e-4) and greedy == expected_greedy
    assert model.loglikelihood([]) == []
    # The empty context is the beginning-of-sequence token.
    assert model.encode_pair("", "The quick")[0] == [1]


def test_greedy(model):
    tokenizer = model.tokenizer
    context = "The quick brown"
    ids = model.encode(context)
    new = list(braid.generate(model.program, ids, max_new=3, stop=()))
    (result,) = model._score_pairs([(ids, new)])
    assert result[1]
    (result,) = model._score_pairs([(ids, [*new[:2], (new[2] + 1) % VOCAB])])
    assert not result[1]
    assert tokenizer.decode(ids) == context


def test_truncation_from_the_left(model):
    context, continuation = "The quick brown fox. " * 20, " jumps over"
    first, second = model.encode_pair(context, continuation)
    assert len(first) + len(second) > model.max_length + 1
    ((total, _),) = model.loglikelihood(requests("loglikelihood", [(context, continuation)]))
    kept = (first + second)[-(model.max_length + 1) :]
    assert total == pytest.approx(probability(model, kept[: -len(second)], second)[0], abs=1e-4)
    with pytest.raises(braid.UsageError, match="continuation: expected at most max_length 64 tokens, found"):
        model.loglikelihood(requests("loglikelihood", [("a", "The quick brown fox. " * 30)]))


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 128, 129, 200])
def test_windows_equal_those_of_the_harness(model, count):
    ids = list(range(4, 4 + count))
    expected = list(
        map(
            utils.make_disjoint_window,
            utils.get_rolling_token_windows(
                token_list=ids, prefix_token=model.prefix_token_id, max_seq_len=model.max_length, context_len=1
            ),
        )
    )
    assert list(model.windows(ids)) == expected


def test_rolling(model):
    texts = ["The quick brown fox jumps over the lazy dog. " * 6, "a", "日本語のテキスト", ""]
    found = model.loglikelihood_rolling(requests("loglikelihood_rolling", [(text,) for text in texts]))
    for text, total in zip(texts, found):
        ids = model.encode(text)
        assert total == pytest.approx(sum(probability(model, *pair)[0] for pair in model.windows(ids)), abs=1e-3)
    assert found[3] == 0


def generated(model, arguments):
    return model.generate_until(requests("generate_until", arguments))


def test_generate_until(model):
    context = "The quick brown"
    (whole,) = generated(model, [(context, {"until": [], "max_gen_toks": 20})])
    ids = list(braid.generate(model.program, model.encode(context), max_new=20))
    assert whole == model.tokenizer.decode([token for token in ids if token not in (2, 3)])
    stop = whole[6:9]
    expected = whole[: whole.index(stop)]
    both = [
        (context, {"until": [stop], "max_gen_toks": 20}),
        (context, {"until": stop, "max_new_tokens": 20}),
        ("日本", {"until": ["none"], "max_gen_toks": 5}),
        (context, {"until": [stop, whole[2]], "max_gen_toks": 20}),
        ("", {"max_gen_toks": 2}),
    ]
    found = generated(model, both)
    assert found[0] == found[1] == expected
    assert found[3] == whole[: min(whole.index(stop), whole.index(whole[2]))]
    # Its text does not depend on what runs beside it.
    assert found[2] == generated(model, [both[2]])[0]


def test_sampling(model):
    options = {"until": [], "max_gen_toks": 12, "do_sample": True, "temperature": 2.0, "seed": 4}
    found = generated(model, [("The quick", options)] * 3)
    assert len(set(found)) > 1, "expected requests that are repeated to draw different tokens"
    assert generated(model, [("The quick", options)] * 3) == found
    greedy = generated(model, [("The quick", {**options, "do_sample": False})] * 2)
    assert len(set(greedy)) == 1


def test_long_context_of_generation(model):
    context = "The quick brown fox. " * 30
    (found,) = generated(model, [(context, {"until": [], "max_gen_toks": 10})])
    kept = model.encode(context)[-(model.max_length - 10) :]
    ids = list(braid.generate(model.program, kept, max_new=10))
    assert found == model.tokenizer.decode([token for token in ids if token not in (2, 3)])


def test_mistakes(model, artifact, tokenizer_json):
    with pytest.raises(braid.UsageError, match="generation options: expected some of .*, found 'num_beams'"):
        generated(model, [("a", {"num_beams": 4})])
    with pytest.raises(braid.UsageError, match="max_gen_toks: expected less than max_length 64, found 64"):
        generated(model, [("a", {"max_gen_toks": 64})])
    for options, words in (
        ({"init": "random:1"}, "tokenizer: expected a file or a folder"),
        ({}, "expected one of weights and init, found neither"),
        ({"init": "1", "tokenizer": tokenizer_json}, "init: expected random:SEED"),
    ):
        with pytest.raises(braid.UsageError, match=words):
            braid.lm_eval.BraidLM(artifact, **options)


def test_cache(model):
    """What the harness keeps of each answer."""

    class Hook:
        def __init__(self):
            self.kept = []

        def add_partial(self, *words):
            self.kept.append(words)

    hook, before = Hook(), model.cache_hook
    model.set_cache_hook(hook)
    try:
        (answer,) = model.loglikelihood(requests("loglikelihood", [("a", " b")]))
        (text,) = generated(model, [("a", {"max_gen_toks": 2})])
    finally:
        model.set_cache_hook(before)
    assert hook.kept == [("loglikelihood", ("a", " b"), answer), ("generate_until", ("a", {"max_gen_toks": 2}), text)]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    """Three tasks of a few made documents: a choice, a perplexity and a generation."""
    folder = tmp_path_factory.mktemp("tasks")
    documents = [
        {"question": f"The quick {word}", "choices": [" fox", " dog", " café"], "label": i % 3}
        for i, word in enumerate("brown lazy hybrid scans attention layers".split())
    ]
    (folder / "data.jsonl").write_text("".join(json.dumps(document) + "\n" for document in documents))
    common = f"""
dataset_path: json
dataset_kwargs: {{data_files: {{test: {folder}/data.jsonl}}}}
test_split: test
"""
    (folder / "choice.yaml").write_text(f"""task: made_choice{common}output_type: multiple_choice
doc_to_text: "{{{{question}}}}"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: "{{{{label}}}}"
target_delimiter: ""
metric_list: [{{metric: acc}}]
""")
    (folder / "rolling.yaml").write_text(f"""task: made_rolling{common}output_type: loglikelihood_rolling
doc_to_text: ""
doc_to_target: "{{{{question}}}}"
metric_list: [{{metric: bits_per_byte}}]
""")
    (folder / "generation.yaml").write_text(f"""task: made_generation{common}output_type: generate_until
doc_to_text: "{{{{question}}}}"
doc_to_target: "none"
generation_kwargs: {{until: ["q"], max_gen_toks: 8}}
metric_list: [{{metric: exact_match}}]
""")
    return folder


def test_in_the_harness(model, tasks):
    """The harness's own numbers, computed here from each document's probability."""
    manager = TaskManager(include_path=str(tasks), include_defaults=False)
    results = lm_eval.simple_evaluate(
        model=model,
        tasks=["made_choice", "made_rolling", "made_generation"],
        task_manager=manager,
        bootstrap_iters=0,
        log_samples=True,
    )
    documents = [json.loads(line) for line in (tasks / "data.jsonl").read_text().splitlines()]
    right, logs, size = 0, 0.0, 0
    for document in documents:
        scores = [
            probability(model, *model.encode_pair(document["question"], choice))[0] for choice in document["choices"]
        ]
        right += int(np.argmax(scores)) == document["label"]
        logs += probability(model, [1], model.tokenizer.encode(document["question"], special=False))[0]
        size += len(document["question"].encode())
    assert results["results"]["made_choice"]["acc,none"] == pytest.approx(right / len(documents))
    assert results["results"]["made_rolling"]["bits_per_byte,none"] == pytest.approx(
        -logs / size / math.log(2), rel=1e-5
    )
    answers = {sample["doc"]["question"]: sample["resps"][0][0] for sample in results["samples"]["made_generation"]}
    for document in documents:
        ids = list(braid.generate(model.program, model.encode(document["question"]), max_new=8))
        text = model.tokenizer.decode([token for token in ids if token not in (2, 3)])
        assert answers[document["question"]] == text.split("q")[0]


def test_command_line(artifact, tokenizer_json, tasks, tmp_path):
    output, _ = run_python(
        "-m",
        "braid.lm_eval",
        "run",
        "--model",
        "braid",
        "--model_args",
        f"artifact={artifact},init=random:{SEED},tokenizer={tokenizer_json},max_length=64",
        "--tasks",
        "made_choice",
        "--include_path",
        tasks,
        "--batch_size",
        "4",
        "--output_path",
        tmp_path / "out",
    )
    assert "made_choice" in output and "acc" in output
    (path,) = (tmp_path / "out").rglob("results*.json")
    assert 0 <= json.loads(path.read_text())["results"]["made_choice"]["acc,none"] <= 1


def test_no_pytorch():
    """Neither the package nor the harness pulls it in."""
    output, _ = run_python("-c", "import braid.lm_eval, lm_eval.evaluator, sys; print('torch' in sys.modules)")
    assert output == "False\n"
