"""python -m braid."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from conftest import BUILD, DESCRIPTION, SEED, VOCAB, run_python, run_tool

import braid

INIT = ["--init", f"random:{SEED}"]


def run(*words, **options):
    return run_python("-m", "braid", *words, **options)


def fails(code, *words, **options):
    """The one line of error."""
    _, errors = run(*words, code=code, **options)
    lines = errors.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), errors
    return lines[0]


@pytest.mark.parametrize(
    "options",
    [
        ["--temperature", "1.5", "--top-k", "20", "--top-p", "0.9", "--min-p", "0.01", "--seed", "5"],
        ["--ignore-eos", "--chunk", "2"],
    ],
)
def test_generate_tokens(artifact, options):
    words = ["generate", artifact, *INIT, "--tokens", "5,7,11", "--max-new", "30", *options]
    output, errors = run(*words)
    assert output == run_tool("braid", *words, "--print-tokens").splitlines()[-1] + "\n"
    assert errors.startswith("prompt: 3 tokens, first new one after")


def test_generate_text(artifact, program, tokenizer_json):
    tokenizer = braid.load_tokenizer(tokenizer_json)
    words = ["generate", artifact, *INIT, "--tokenizer", tokenizer_json, "--max-new", "25", "--ignore-eos"]
    prompt = "The quick 日本"
    expected = tokenizer.decode(list(braid.generate(program, tokenizer.encode(prompt), max_new=25, stop=())))
    assert run(*words, "--prompt", prompt)[0] == expected + "\n"
    assert run(*words, "--prompt", "-", stdin=prompt)[0] == expected + "\n"
    plain = tokenizer.encode(prompt, special=False)
    assert (
        run(*words, "--prompt", prompt, "--no-special-tokens")[0]
        == tokenizer.decode(list(braid.generate(program, plain, max_new=25, stop=()))) + "\n"
    )
    stop = expected[8:10]
    assert run(*words, "--prompt", prompt, "--stop", stop)[0] == expected[: expected.index(stop)] + "\n"


def test_tokenizer_beside_the_weights(artifact, weights, tokenizer_model):
    from shutil import copy

    copy(tokenizer_model, weights / "tokenizer.model")
    output, _ = run("generate", artifact, "--weights", weights, "--prompt", "The quick", "--max-new", "5")
    assert output.endswith("\n")


def test_score_tokens(artifact, tmp_path, rng):
    np.save(tmp_path / "tokens.npy", rng.integers(0, VOCAB, (4, 30)).astype(np.int32))
    words = ["score", artifact, *INIT, "--tokens", tmp_path / "tokens.npy", "--logprobs"]
    run(*words, tmp_path / "found.npy")
    run_tool("braid", *words, tmp_path / "expected.npy")
    found, expected = (np.load(tmp_path / f"{name}.npy") for name in ("found", "expected"))
    assert found.shape == expected.shape and found.dtype == expected.dtype
    assert np.abs(found - expected).max() < 2e-6


def test_score_text(artifact, program, tokenizer_json, tmp_path):
    tokenizer = braid.load_tokenizer(tokenizer_json)
    texts = ["The quick brown fox.", "日本語のテキスト"]
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.txt").write_text(text, encoding="utf-8")
    output, _ = run(
        "score",
        artifact,
        *INIT,
        "--tokenizer",
        tokenizer_json,
        "--text",
        tmp_path / "0.txt",
        "--text",
        tmp_path / "1.txt",
    )
    for i, (line, found) in enumerate(
        zip(output.splitlines(), braid.score(program, list(map(tokenizer.encode, texts))))
    ):
        total = found.logprobs.sum(dtype=np.float64)
        assert line == (
            f"{tmp_path}/{i}.txt: {found.logprobs.size} tokens after the first, log-probability {total:.6f}, "
            f"perplexity {np.exp(-total / found.logprobs.size):.6g}"
        )


def test_info(artifact, program):
    output, _ = run("info", artifact, "--tensors")
    # The tool tells the size of the code besides.
    expected = [
        line for line in run_tool("braid", "info", artifact, "--tensors").splitlines() if not line.startswith("code:")
    ]
    assert output.splitlines() == expected
    assert run("info", artifact, "--manifest")[0] == run_tool("braid", "info", artifact, "--manifest")


def test_info_of_a_name_with_control_characters(tmp_path):
    """A name begins no line of its own and does not speak to the terminal, in the package and in the tool."""
    braid.compile({**DESCRIPTION, "name": "a\x1b[31m\nb\x9bc\u0119"}, tmp_path / "x.so", entries=["decode"])
    for output in (run("info", tmp_path / "x.so")[0], run_tool("braid", "info", tmp_path / "x.so")):
        assert output.startswith("model: a?[31m?b?c\u0119 (nemotron_h), 3 layers")


def test_compile(description, tmp_path, artifact):
    run("compile", description, "-o", tmp_path / "x.so")
    assert braid.read_manifest(tmp_path / "x.so") == braid.read_manifest(artifact)
    _, errors = run("compile", description, "--dtype=f7", "-o", tmp_path / "x.so", code=2)
    assert errors.startswith("error: --dtype: expected")


def test_version_and_help():
    assert run("--version")[0] == f"braid {braid.__version__}\n"
    for command in ("generate", "score", "bench", "info"):
        assert "usage: python -m braid" in run(command, "--help")[0]


@pytest.mark.parametrize(
    "words, words_of_error",
    [
        ([], "the following arguments are required: COMMAND"),
        (["frob"], "expected one of the subcommands generate, score, bench, info, compile, found 'frob'"),
        (["generate", "x.so", "--frob"], "--frob"),
        (["generate", "x.so", "--tokens", "5"], "expected one of --weights and --init, found neither"),
        (
            ["generate", "x.so", *INIT, "--weights", "w", "--tokens", "5"],
            "expected one of --weights and --init, found both",
        ),
        (["generate", "x.so", *INIT], "expected one of --prompt and --tokens, found neither"),
        (
            ["generate", "x.so", *INIT, "--tokens", "5", "--prompt", "a"],
            "expected one of --prompt and --tokens, found both",
        ),
        (["generate", "x.so", *INIT, "--tokens", "5,,6"], "--tokens: expected ids separated by commas, found ''"),
        (["generate", "x.so", *INIT, "--tokens", "-5"], "tokens"),
        (["generate", "x.so", *INIT, "--tokens", "5", "--stop", "a"], "--stop: expected --prompt beside it"),
        (["generate", "x.so", *INIT, "--prompt", "a"], "--tokenizer: expected a file or a folder"),
        (["generate", "x.so", "--init", "5", "--tokens", "5"], "--init: expected random:SEED"),
        (
            ["generate", "x.so", "--init", "random:18446744073709551616", "--tokens", "5"],
            "--init: expected random:SEED",
        ),
        (["generate", "x.so", *INIT, "--tokens", "5", "--max-new", "x"], "--max-new"),
        (["score", "x.so", *INIT], "expected --text, or --tokens and --logprobs, found neither"),
        (["score", "x.so", *INIT, "--tokens", "x"], "--tokens: expected --logprobs and no --text beside it"),
    ],
)
def test_usage(words, words_of_error):
    assert words_of_error in fails(2, *words)


def test_failures(artifact, tokenizer_json, tmp_path):
    assert f"expected an id from 0 to {VOCAB - 1}, found {VOCAB}" in fails(
        3, "generate", artifact, *INIT, "--tokens", VOCAB
    )
    assert "none.so" in fails(5, "generate", "/none.so", *INIT, "--tokens", "5")
    assert "expected the footer's magic" in fails(3, "info", tokenizer_json)
    assert "found none" in fails(5, "generate", artifact, *INIT, "--tokenizer", tmp_path, "--prompt", "a")
    assert "top_p" in fails(2, "generate", artifact, *INIT, "--tokens", "5", "--top-p", "7")
    np.save(tmp_path / "f.npy", np.zeros((2, 2)))
    assert "expected int32 of shape [B, T], found float64 of shape [2, 2]" in fails(
        3, "score", artifact, *INIT, "--tokens", tmp_path / "f.npy", "--logprobs", tmp_path / "p.npy"
    )
    (tmp_path / "no.npy").write_text("text")
    assert "expected a NumPy array, found a file that begins with b'text'" in fails(
        3, "score", artifact, *INIT, "--tokens", tmp_path / "no.npy", "--logprobs", "p.npy"
    )
    np.save(tmp_path / "t.npy", np.ones((1, 2), np.int32))
    words = ["score", artifact, *INIT, "--tokens", tmp_path / "t.npy", "--logprobs"]
    assert "cannot write" in fails(5, *words, tmp_path / "none" / "p.npy")
    assert "expected a regular file to replace" in fails(5, *words, "/dev/null")
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    words = ["score", artifact, *INIT, "--tokenizer", tokenizer_json, "--text"]
    assert "expected text in UTF-8, found byte 3" in fails(3, *words, tmp_path / "latin")
    (tmp_path / "empty").write_text("")
    assert "expected at least two tokens, found 1" in fails(3, *words, tmp_path / "empty")
    assert "cannot read" in fails(5, *words, tmp_path / "none")


def test_bytes_that_are_no_text(artifact, tokenizer_json):
    words = [sys.executable, "-m", "braid", "generate", artifact, *INIT, "--tokenizer", tokenizer_json, "--prompt"]
    for prompt, message in (
        ("-", "standard input: expected text in UTF-8, found byte 1 that is none"),
        (os.fsdecode(b"a\xff"), "text: expected characters, found U+DCFF in place 1, which is none"),
    ):
        done = subprocess.run([*map(str, words), prompt], input=b"a\xff\xfe", capture_output=True)
        assert done.returncode == 3 and done.stderr.decode() == f"error: {message}\n", done.stderr


def test_standard_input_that_cannot_be_read(artifact, tokenizer_json):
    words = [sys.executable, "-m", "braid", "generate", artifact, *INIT, "--tokenizer", tokenizer_json, "--prompt", "-"]
    for stdin, fault in (("<&-", "it is closed"), (">/dev/null 0>&1", "Bad file descriptor")):
        command = ["sh", "-c", f'exec "$@" {stdin}', "sh", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 5 and done.stderr == f"error: cannot read standard input: {fault}\n", done.stderr


def test_characters_that_the_terminal_has_not(artifact, tokenizer_json, monkeypatch):
    words = ["generate", artifact, *INIT, "--tokenizer", tokenizer_json, "--max-new", "40", "--prompt", "日本"]
    expected = run(*words)[0]
    assert not expected.isascii()
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert run(*words)[0] == expected.encode("ascii", "replace").decode()


def test_closed_output(artifact):
    """A reader that leaves ends the run with one line."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "braid",
            "generate",
            str(artifact),
            *INIT,
            "--tokens",
            "5",
            "--max-new",
            "100000",
            "--ignore-eos",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.read(1)
    process.stdout.close()
    errors = process.stderr.read()
    assert process.wait() == 5 and errors == "error: cannot write to standard output: Broken pipe\n", errors


def test_bench(artifact):
    words = [
        "bench",
        artifact,
        *INIT,
        "--entry",
        "prefill",
        "--rows",
        "2",
        "--tokens",
        "20",
        "--context",
        "30",
        "--repeats",
        "3",
    ]
    found = json.loads(run(*words, "--json")[0])
    expected = json.loads(run_tool("braid", *words, "--json"))
    for key in ("entry", "rows", "tokens", "context", "calls"):
        assert found[key] == expected[key]
    for key in ("bytes", "flops"):
        assert found[key] == pytest.approx(expected[key], rel=1e-6)
    assert 0 < found["best_s"] <= found["median_s"] and found["tokens_per_s"] == pytest.approx(40 / found["median_s"])
    assert set(found["rates"]) == {"bytes", "f64", "f32", "bf16", "exp"} and found["floor_s"] > 0
    text, _ = run("bench", artifact, *INIT, "--repeats", "2")
    assert text.startswith("decode: 1 rows of 1 tokens after 0: median ")


def test_bench_mistakes(program):
    for options, words in (
        ({"rows": 0}, "rows: expected an integer from 1 to 4096, found 0"),
        ({"tokens": 0, "entry": "prefill"}, "tokens: expected an integer from 1"),
        ({"context": -1}, "context: expected an integer from 0"),
        ({"entry": "none"}, "expected one of the entry points prefill, decode, score, found 'none'"),
    ):
        with pytest.raises(braid.UsageError, match=words):
            braid.bench(program, **options)


def test_the_build_is_the_one_under_test():
    assert str(braid.library_path()).startswith(str(BUILD))
