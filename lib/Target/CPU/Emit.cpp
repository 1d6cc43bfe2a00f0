//===- Emit.cpp - From LLVM IR to a shared object --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/CPU/Emit.h"
#include "Parts.h"
#include "braid/Formats/File.h"
#include "braid/Target/Optimise.h"
#include "lld/Common/Driver.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Threading.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <deque>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace braid::cpu {

static std::unique_ptr<TargetMachine> createMachine(const TargetInfo &info) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser(); // for the kernels' pieces of assembly
  Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  TargetOptions options;
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(triple, info.name, "", options, Reloc::PIC_,
                                                                    std::nullopt, CodeGenOptLevel::Aggressive));
}

/// One exported symbol, the target's vectors, and no more than the kernels need.
static void prepare(Module &module, const TargetInfo &info, TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    if (!function.hasHiddenVisibility())
      function.setLinkage(GlobalValue::InternalLinkage);
    function.addFnAttr("target-cpu", info.name);
    function.addFnAttr("prefer-vector-width", info.has("avx512f") ? "512" : "256");
    function.addFnAttr(Attribute::NoUnwind);
  }
}

static void keepFirstError(const DiagnosticInfo *info, void *kept) {
  auto &fault = *static_cast<std::string *>(kept);
  if (info->getSeverity() != DS_Error || !fault.empty())
    return;
  raw_string_ostream os(fault);
  DiagnosticPrinterRawOStream printer(os);
  info->print(printer);
}

/// A file that goes with its owner.
struct TemporaryFile {
  SmallString<128> path;
  FileRemover remover;

  Status create(StringRef suffix, StringRef content = {}) {
    int descriptor;
    if (sys::fs::createTemporaryFile("braid", suffix, descriptor, path))
      return Status::io("cannot create a temporary file");
    remover.setFile(path);
    raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    os << content;
    os.close();
    std::error_code error = os.error();
    os.clear_error(); // or the stream's destructor would end the process
    return error ? systemError("cannot write", path.str().str(), error.value()) : Status();
  }
};

/// The code may call libc and libm. Other names are helpers of a compiler's run-time library, which no artifact has: the
/// code generator calls one where it knows no instruction.
static Status checkImports(StringRef object) {
  auto file = object::ObjectFile::createELFObjectFile(MemoryBufferRef(object, "braid.so"));
  if (!file)
    return Status::internal("linking: " + toString(file.takeError()));
  for (const object::ELFSymbolRef &symbol : cast<object::ELFObjectFileBase>(**file).getDynamicSymbolIterators()) {
    Expected<uint32_t> flags = symbol.getFlags();
    Expected<StringRef> name = symbol.getName();
    if (!flags || !name) {
      consumeError(flags.takeError());
      consumeError(name.takeError());
      return Status::internal("linking: a symbol without a name");
    }
    if ((*flags & object::BasicSymbolRef::SF_Undefined) && name->starts_with("__"))
      return Status::badInput(cat("code generation: expected calls of libc and libm alone, found ", inQuotes(name->str())));
  }
  return {};
}

/// Links the objects in a temporary folder; lld takes and leaves files only.
static Result<std::string> link(ArrayRef<std::string> objects) {
  TemporaryFile output;
  BRAID_TRY(output.create("so"));
  std::deque<TemporaryFile> inputs;
  SmallVector<const char *> arguments{"ld.lld",    "-shared", "--build-id=none", "--hash-style=gnu", "-soname",
                                      "braid.so",  "-z",      "noexecstack",     "-z",               "relro",
                                      "--strip-all", "-o",    output.path.c_str()};
  for (const std::string &object : objects) {
    BRAID_TRY(inputs.emplace_back().create("o", object));
    arguments.push_back(inputs.back().path.c_str());
  }
  std::string messages;
  raw_string_ostream errors(messages);
  lld::Result linked = lld::lldMain(arguments, nulls(), errors, {{lld::Gnu, &lld::elf::link}});
  if (linked.retCode != 0)
    return Status::internal(cat("linking failed: ", StringRef(messages).split('\n').first.str()));
  auto buffer = MemoryBuffer::getFile(output.path);
  if (!buffer)
    return Status::io(cat("cannot read ", output.path.str().str()));
  BRAID_TRY(checkImports((*buffer)->getBuffer()));
  return (*buffer)->getBuffer().str();
}

/// Types that LLVM IR does not have crash the translation where an attribute holds them.
static Status checkTypes(mlir::ModuleOp module) {
  std::string found;
  module.walk([&](mlir::Operation *op) {
    for (mlir::NamedAttribute attribute : op->getAttrs())
      if (auto type = mlir::dyn_cast<mlir::TypeAttr>(attribute.getValue()))
        if (!mlir::LLVM::isCompatibleType(type.getValue()) && !mlir::isa<mlir::FunctionType>(type.getValue()))
          raw_string_ostream(found) << op->getName() << "': attribute '" << attribute.getName().strref()
                                    << "': expected a type of LLVM IR, found " << type.getValue();
    return found.empty() ? mlir::WalkResult::advance() : mlir::WalkResult::interrupt();
  });
  return found.empty() ? Status() : Status::badInput("op '" + found);
}

/// Compiles one module by itself: an object is not yet linked.
static Result<std::string> compile(mlir::ModuleOp module, const TargetInfo &target, Output output) {
  LLVMContext context;
  std::string fault; // the first; by default LLVM would print it and end the process
  context.setDiagnosticHandlerCallBack(keepFirstError, &fault);
  std::unique_ptr<Module> ir = mlir::translateModuleToLLVMIR(module, context, "braid");
  std::unique_ptr<TargetMachine> machine = createMachine(target);
  if (!machine)
    return Status::internal("no code generator for x86-64");
  if (!ir)
    return Status::badInput("the module does not translate to LLVM IR");
  prepare(*ir, target, *machine);
  optimise(*ir, *machine, OptimizationLevel::O2);

  SmallString<0> bytes;
  raw_svector_ostream os(bytes);
  if (output == Output::LLVM) {
    ir->print(os, nullptr);
    return bytes.str().str();
  }
  legacy::PassManager passes;
  auto type = output == Output::Assembly ? CodeGenFileType::AssemblyFile : CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(passes, os, nullptr, type))
    return Status::internal("the target cannot emit this kind of file");
  passes.run(*ir);
  if (!fault.empty())
    return Status::badInput("code generation: " + fault);
  return bytes.str().str();
}

Result<std::string> emit(mlir::ModuleOp module, const TargetInfo &target, Output output) {
  BRAID_TRY(checkTypes(module));
  mlir::MLIRContext *context = module->getContext();
  mlir::registerBuiltinDialectTranslation(*context);
  mlir::registerLLVMDialectTranslation(*context);
  if (output != Output::SharedObject)
    return compile(module, target, output);
  Parts parts(module);
  std::vector<std::string> objects(parts.size());
  std::vector<Status> statuses(parts.size());
  mlir::parallelFor(context, 0, parts.size(), [&](size_t i) {
    Result<std::string> object = compile(*parts.build(i), target, output);
    if (object.ok())
      objects[i] = std::move(*object);
    else
      statuses[i] = object.status();
  });
  for (const Status &status : statuses)
    BRAID_TRY(status);
  return link(objects);
}

} // namespace braid::cpu
