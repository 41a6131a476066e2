// Calls that may take long: others run meanwhile, and signals are heard.
%{
#include <sys/syscall.h>
#include <unistd.h>

typedef struct {
  PyThreadState* thread;
} Computing;

// Runs the handlers of signals that have come; 1 if one has raised, as that of Ctrl-C does.
static int HearSignals(void* user) {
  Computing* computing = (Computing*)user;
  PyEval_RestoreThread(computing->thread);
  const int raised = PyErr_CheckSignals() < 0;
  computing->thread = PyEval_SaveThread();
  return raised;
}

// Python has handlers run in the process's first thread. No other may ask: one that outlives the
// interpreter ends where it asks for the lock, which must not be inside of C++.
static void BeginComputing(Computing* computing, void (*set)(int (*)(void*), void*)) {
  computing->thread = PyEval_SaveThread();
  if (syscall(SYS_gettid) == getpid()) set(HearSignals, computing);
}

static void EndComputing(Computing* computing, void (*set)(int (*)(void*), void*)) {
  set(NULL, NULL);
  PyEval_RestoreThread(computing->thread);
}
%}

// `set` is the library's function that takes the one to be asked; `check` raises what has failed
// otherwise.
%define COMPUTES(function, set, check)
%feature("nothreadallow") function;
%exception function {
  Computing computing;
  BeginComputing(&computing, set);
  $action
  EndComputing(&computing, set);
  if (PyErr_Occurred()) SWIG_fail;
  check
}
%enddef
