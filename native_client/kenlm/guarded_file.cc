// KenLM's util/file.cc, which opens the file that is open already; see guard.h.
#include <fcntl.h>
#include <unistd.h>

// All that declares an `open` of its own has to come before the macro below: libc++'s locales do.
#include <fstream>
#include <iostream>
#include <locale>

#include "kenlm/guard.h"
#include "util/file.hh"

namespace dskenlm {

thread_local int file_to_open = -1;

namespace {

int Open(const char* name, int flags) {
  if (file_to_open < 0) return open(name, flags);
  if (lseek(file_to_open, 0, SEEK_SET) != 0) return -1;  // the copies share one position
  return fcntl(file_to_open, F_DUPFD_CLOEXEC, 0);
}
int Open(const char* name, int flags, int mode) { return open(name, flags, mode); }

}  // namespace
}  // namespace dskenlm

#define open(...) ::dskenlm::Open(__VA_ARGS__)
#include "util/file.cc"
