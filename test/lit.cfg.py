# How lit runs the tests under test/: tools from the build and from LLVM.
import os

import lit.formats

config.name = "Braid"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["lib", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.braid_build_dir, "test")

config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.braid_build_dir, "bin"), config.llvm_tools_dir, config.environment["PATH"]])
# A variable without a dollar sign must not leak from one label into the next.
config.environment["FILECHECK_OPTS"] = "-enable-var-scope"
