# Sets KENLM_SOURCE_DIR: given by -D or by the environment, or fetched into the build folder.
if(NOT KENLM_SOURCE_DIR)
  if(NOT Python_EXECUTABLE)
    find_program(Python_EXECUTABLE NAMES python3 python REQUIRED)
  endif()
  execute_process(
    COMMAND ${Python_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/fetch_kenlm.py ${CMAKE_BINARY_DIR}
    RESULT_VARIABLE kenlm_result
    OUTPUT_VARIABLE kenlm_source ERROR_VARIABLE kenlm_problem
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_STRIP_TRAILING_WHITESPACE)
  if(NOT kenlm_result EQUAL 0)
    message(FATAL_ERROR "${kenlm_problem}")
  endif()
  set(KENLM_SOURCE_DIR "${kenlm_source}" CACHE PATH "KenLM's source tree" FORCE)
endif()
