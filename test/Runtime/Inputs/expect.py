"""expect.py [--address-space BYTES] CODE COMMAND...

Runs a command that must fail with this exit code, and print on stderr exactly one line that holds the word error and
that begins with "error:". Prints that line.
"""
import resource
import subprocess
import sys

arguments = sys.argv[1:]
limit = None
if arguments[0] == "--address-space":
    limit = int(arguments[1])
    arguments = arguments[2:]
code, command = int(arguments[0]), arguments[1:]


def restrict():
    if limit:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=restrict,
                        errors="replace")
lines = [line for line in result.stderr.splitlines() if "error" in line.lower()]
if result.returncode != code or len(lines) != 1 or not lines[0].startswith("error:"):
    sys.exit(f"expected exit code {code} and one line of error, found {result.returncode} and:\n{result.stderr}")
print(lines[0])
