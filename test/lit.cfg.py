# How lit runs the tests under test/: tools from the build and from LLVM.
import os
import sys

import lit.formats

config.name = "Braid"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["lib", "unit", "fuzz"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.braid_build_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.braid_build_dir, "bin"), config.llvm_tools_dir, config.environment["PATH"]])
# Where ptxas is looked for, and the CPU to compile for in place of this one.
for name in ("BRAID_PTXAS", "BRAID_NVDISASM", "CUDA_HOME", "VIRTUAL_ENV", "BRAID_HOST_CPU"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
# The disassembler, which scripts/setup installs beside ptxas.
sys.path.insert(0, os.path.join(os.path.dirname(config.test_source_root), "scripts"))
import check_sass

nvdisasm = check_sass.find_nvdisasm()
if nvdisasm:
    config.available_features.add("nvdisasm")
    config.environment["BRAID_NVDISASM"] = nvdisasm
    config.substitutions += [("%nvdisasm", nvdisasm)]
# The browser, which scripts/setup installs too.
sys.path.insert(0, os.path.join(config.test_source_root, "tools", "braidc", "Inputs"))
import chromium

if chromium.find():
    config.available_features.add("chromium")
# A variable without a dollar sign must not leak from one label into the next.
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"

# An artifact made without the compiler, and helpers of the tests of the tool.
runtime_inputs = os.path.join(config.test_source_root, "Runtime", "Inputs")
config.excludes += ["Inputs"]
config.substitutions += [
    ("%python", sys.executable),
    ("%compare_npy", os.path.join(os.path.dirname(config.test_source_root), "scripts", "compare_npy.py")),
    ("%braid_include", os.path.join(os.path.dirname(config.test_source_root), "include", "braid")),
    ("%tiny", config.tiny_artifact),
    ("%fake-cuda", config.fake_cuda),
    ("%npy", f"{sys.executable} {os.path.join(runtime_inputs, 'npy.py')}"),
    ("%build", config.braid_build_dir),
    ("%python", sys.executable),
    ("%expect", f"{sys.executable} {os.path.join(runtime_inputs, 'expect.py')}"),
]
# Functions called with arrays: draw inputs, compare results. They need NumPy.
scripts = os.path.join(os.path.dirname(config.test_source_root), "scripts")
integration_inputs = os.path.join(config.test_source_root, "Integration", "CPU", "Inputs")
config.substitutions += [
    ("%draw", f"/usr/bin/python3 {os.path.join(integration_inputs, 'draw.py')}"),
    ("%bundle", f"/usr/bin/env BRAID_BUILD={config.braid_build_dir} /usr/bin/python3 {os.path.join(scripts, 'gpu-bundle')}"),
    ("%check-sass", f"{sys.executable} {os.path.join(scripts, 'check_sass.py')}"),
    ("%compare", f"/usr/bin/python3 {os.path.join(scripts, 'compare_npy.py')}"),
]
# The higher of the two levels of x86-64 that this machine reaches.
def has_avx512():
    with open("/proc/cpuinfo") as info:
        flags = next((line.split() for line in info if line.startswith("flags")), [])
    return all(flag in flags for flag in ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"))


config.substitutions += [("%best_level", "x86-64-v4" if has_avx512() else "x86-64-v3")]
if not config.sanitizers:
    config.available_features.add("address-space-limit")
