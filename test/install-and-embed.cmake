# Installs the runtime, builds examples/embed against the installed tree, and compares its tokens with the tool's.
set(prefix "${WORK}/prefix")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "'${ARGN}' ended with ${code}:\n${output}\n${errors}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

must(${CMAKE_COMMAND} --install "${BUILD}" --prefix "${prefix}" --component runtime)
file(COPY "${EXAMPLE}/" DESTINATION "${WORK}/source")
must(${CMAKE_COMMAND} -S "${WORK}/source" -B "${WORK}/build" -G "${GENERATOR}" "-DCMAKE_C_COMPILER=${COMPILER}"
     "-DCMAKE_PREFIX_PATH=${prefix}")
must(${CMAKE_COMMAND} --build "${WORK}/build")

# The installed tool must find the installed library by itself.
must(${CMAKE_COMMAND} -E env --unset=LD_LIBRARY_PATH "${prefix}/bin/braid" init "${ARTIFACT}" --init random:3 -o "${WORK}/weights")
must(${CMAKE_COMMAND} -E env --unset=LD_LIBRARY_PATH "${prefix}/bin/braid" generate "${ARTIFACT}" --weights "${WORK}/weights"
     --tokens 5,7,11 --max-new 12 --ignore-eos --print-tokens)
string(REGEX MATCH "[0-9,]+\n$" wanted "${output}")
must(${CMAKE_COMMAND} -E env --unset=LD_LIBRARY_PATH "${WORK}/build/embed" "${ARTIFACT}" "${WORK}/weights" 12 5 7 11)
if(wanted STREQUAL "" OR NOT output STREQUAL wanted)
  message(FATAL_ERROR "expected the tokens ${wanted} found ${output}")
endif()
