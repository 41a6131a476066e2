# Sets KENLM_SOURCE_DIR: given by -D, by the environment, or fetched with pip into the build folder.
set(KENLM_VERSION 0.3.0)
set(KENLM_SHA256 c4628bb9fb63c8a6f9240035b8b037385cfc404cb72e933cf48878291edac1e8)

set(KENLM_SOURCE_DIR "$ENV{KENLM_SOURCE_DIR}" CACHE PATH "KenLM's source tree; empty: fetch it")
if(NOT KENLM_SOURCE_DIR)
  set(kenlm_archive ${CMAKE_BINARY_DIR}/kenlm-${KENLM_VERSION}.tar.gz)
  set(kenlm_problem "")
  if(NOT EXISTS ${kenlm_archive})
    set(kenlm_python ${Python_EXECUTABLE})
    if(NOT kenlm_python)
      find_program(DS_PIP_PYTHON NAMES python3 python)
      set(kenlm_python ${DS_PIP_PYTHON})
    endif()
    execute_process(
      COMMAND ${kenlm_python} -m pip download --quiet --disable-pip-version-check --no-deps
              --no-build-isolation --no-binary kenlm --dest ${CMAKE_BINARY_DIR}
              kenlm==${KENLM_VERSION}
      RESULT_VARIABLE kenlm_result OUTPUT_QUIET ERROR_VARIABLE kenlm_problem)
  endif()
  if(EXISTS ${kenlm_archive})
    file(SHA256 ${kenlm_archive} kenlm_sum)
  endif()
  if(NOT "${kenlm_sum}" STREQUAL KENLM_SHA256)
    file(REMOVE ${kenlm_archive})
    message(FATAL_ERROR "no KenLM source: 'pip download kenlm==${KENLM_VERSION}' did not give the "
      "archive with SHA-256 ${KENLM_SHA256}; set KENLM_SOURCE_DIR to an unpacked copy. "
      "${kenlm_problem}")
  endif()
  file(ARCHIVE_EXTRACT INPUT ${kenlm_archive} DESTINATION ${CMAKE_BINARY_DIR})
  set(KENLM_SOURCE_DIR ${CMAKE_BINARY_DIR}/kenlm-${KENLM_VERSION})
endif()
if(NOT EXISTS ${KENLM_SOURCE_DIR}/lm/model.hh)
  message(FATAL_ERROR "KENLM_SOURCE_DIR is '${KENLM_SOURCE_DIR}', which has no lm/model.hh: "
    "give the folder of KenLM ${KENLM_VERSION}")
endif()
