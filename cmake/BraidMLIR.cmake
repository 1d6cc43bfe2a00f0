# LLVM and MLIR from Debian's packages: two shared libraries, TableGen, and the helpers that the compiler's folders use.
find_package(MLIR 22.1 REQUIRED CONFIG PATHS /usr/lib/llvm-22)
find_package(LLD 22.1 REQUIRED CONFIG PATHS /usr/lib/llvm-22)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

# TableGen reads the folder's include directories, not those of a target.
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include)

separate_arguments(BRAID_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_library(braid_compiler_options INTERFACE)
target_link_libraries(braid_compiler_options INTERFACE braid_options MLIR LLVM)
target_compile_definitions(braid_compiler_options INTERFACE ${BRAID_LLVM_DEFINITIONS})
target_include_directories(braid_compiler_options SYSTEM INTERFACE
  ${LLD_INCLUDE_DIRS})

# One precompiled header for every compiler library. g++ gains nothing from one (1.3 GB, 85 s), so only clang has it.
option(BRAID_PCH "Precompile the MLIR headers (clang only)" ON)
if(BRAID_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  file(WRITE "${PROJECT_BINARY_DIR}/pch.cpp" "")
  add_library(BraidPCH OBJECT "${PROJECT_BINARY_DIR}/pch.cpp")
  target_link_libraries(BraidPCH PRIVATE braid_compiler_options)
  target_precompile_headers(BraidPCH PRIVATE "${PROJECT_SOURCE_DIR}/cmake/pch.h")
  target_compile_options(BraidPCH PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  set(BRAID_HAVE_PCH ON)
endif()

# braid_library(NAME SOURCES... [LINK libs...] [DEPENDS targets...]): one folder of the compiler.
function(braid_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC braid_compiler_options ${ARG_LINK})
  add_dependencies(${name} braid-headers ${ARG_DEPENDS})
  if(BRAID_HAVE_PCH)
    target_precompile_headers(${name} REUSE_FROM BraidPCH)
    target_compile_options(${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endfunction()

# braid_tool(NAME SOURCES... LINK libs...): one program under tools/.
function(braid_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} braid_compiler_options)
  add_dependencies(${name} braid-headers)
  if(BRAID_HAVE_PCH)
    # The header is compiled -fPIC; CMake would compile a program -fPIE, and clang refuses the mixture.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIC "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${name} REUSE_FROM BraidPCH)
  endif()
endfunction()

# braid_tablegen(FILE.td OUTPUT generator-flags...): OUTPUT lands beside FILE in the build's include tree and joins `braid-headers`.
add_custom_target(braid-headers)
function(braid_tablegen td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  mlir_tablegen(${ARGN})
  list(GET ARGN 0 output)
  string(MD5 key "${CMAKE_CURRENT_BINARY_DIR}/${output}")
  add_custom_target(braid-header-${key} DEPENDS "${CMAKE_CURRENT_BINARY_DIR}/${output}")
  add_dependencies(braid-headers braid-header-${key})
  if(TARGET BraidPCH)
    add_dependencies(BraidPCH braid-header-${key})
  endif()
endfunction()
