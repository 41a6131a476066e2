# Toolchain of portable builds: Zig's Clang, which comes with the interface of an old glibc and with
# its own C++ library, for both processors.
#
#   ZIG=/path/to/zig ZIG_PROCESSOR=aarch64 cmake --toolchain native_client/zig.cmake ...
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR $ENV{ZIG_PROCESSOR})
set(zig_target -target $ENV{ZIG_PROCESSOR}-linux-gnu.2.28)
set(CMAKE_C_COMPILER $ENV{ZIG} cc ${zig_target})
set(CMAKE_CXX_COMPILER $ENV{ZIG} c++ ${zig_target})
# Zig builds its C++ library for each set of flags that something is linked with: CMake's checks are
# not to link, and its first program, which is linked, is to do as the build does.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_C_FLAGS_INIT -O2)
set(CMAKE_CXX_FLAGS_INIT -O2)
set(CMAKE_AR $ENV{ZIG})
set(CMAKE_RANLIB $ENV{ZIG})
foreach(language C CXX)
  set(CMAKE_${language}_ARCHIVE_CREATE "<CMAKE_AR> ar qc <TARGET> <LINK_FLAGS> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_APPEND "<CMAKE_AR> ar q <TARGET> <LINK_FLAGS> <OBJECTS>")
  set(CMAKE_${language}_ARCHIVE_FINISH "<CMAKE_RANLIB> ranlib <TARGET>")
endforeach()
