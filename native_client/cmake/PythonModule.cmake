# ds_python_module(PACKAGE INTERFACE LIBRARY...): a SWIG interface as PACKAGE/_PACKAGE.so.
#
# On Python 3.11 and later the module uses the stable interface, so that one build serves all later
# Pythons; on 3.10, whose stable interface has no buffers, it is built for that version only.
# Python_EXECUTABLE says which Python (setup.py passes its own).
find_package(Python 3.10 REQUIRED COMPONENTS Interpreter Development.Module)
find_package(SWIG 4.2 REQUIRED)

function(ds_python_module package interface)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/${package})
  file(MAKE_DIRECTORY ${generated})
  get_filename_component(interface ${interface} ABSOLUTE)
  add_custom_command(
    OUTPUT ${generated}/wrapper.cc ${generated}/${package}.py
    COMMAND ${SWIG_EXECUTABLE} -python -c++ -module ${package}
            -I${CMAKE_SOURCE_DIR} -outdir ${generated} -o ${generated}/wrapper.cc ${interface}
    DEPENDS ${interface}
    COMMENT "SWIG ${package}")
  add_library(${package}_python MODULE ${generated}/wrapper.cc)
  target_include_directories(${package}_python SYSTEM PRIVATE ${Python_INCLUDE_DIRS})
  target_link_libraries(${package}_python PRIVATE ds_options ${ARGN})
  # SWIG's code is not ours to warn about.
  target_compile_options(${package}_python PRIVATE -w)
  target_link_options(${package}_python PRIVATE -Wl,-s -Wl,--gc-sections -Wl,--exclude-libs,ALL)
  set(suffix ".abi3.so")
  if(Python_VERSION VERSION_LESS 3.11)
    execute_process(COMMAND ${Python_EXECUTABLE} -c
        "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"
      OUTPUT_VARIABLE suffix OUTPUT_STRIP_TRAILING_WHITESPACE)
  else()
    target_compile_definitions(${package}_python PRIVATE Py_LIMITED_API=0x030B0000)
  endif()
  set_target_properties(${package}_python PROPERTIES
    PREFIX "" OUTPUT_NAME "_${package}" SUFFIX "${suffix}"
    INSTALL_RPATH "$ORIGIN;$ORIGIN/../deepspeech")
  install(TARGETS ${package}_python LIBRARY DESTINATION ${package} COMPONENT wheel EXCLUDE_FROM_ALL)
  # The Python half that SWIG writes goes beside the hand-written __init__.py.
  install(FILES ${generated}/${package}.py DESTINATION ${package} RENAME _swig.py COMPONENT wheel EXCLUDE_FROM_ALL)
endfunction()
