// A call of the library from JavaScript: at once, or on a thread of Node's pool with a promise.
#ifndef DS_JAVASCRIPT_CALL_H_
#define DS_JAVASCRIPT_CALL_H_

#include <node_api.h>

#include <functional>

#include "javascript/arguments.h"

namespace ds {

// What an operation makes of its arguments.
struct Job {
  std::function<int()> run;                     // on any thread; a DS_ERR_* code
  std::function<napi_value(napi_env)> result;   // then on JavaScript's; empty: undefined
  std::function<void(bool is_busy)> take_turn;  // before and after; empty: needs none
};

struct Operation {
  const char* name;     // of its function
  const char* failing;  // name in the message when it fails, as in 0.9.3
  Job (*make)(Arguments&);
};

// Adds the operation to two objects: as a function that returns its result, or throws a string as
// 0.9.3 did, and as one that returns a promise, which rejects with an Error whose `code` is the
// name of the library's.
void Define(napi_env env, const Operation& operation, napi_value at_once, napi_value later);

// Has running and later calls of this environment end soon.
void StopCalls(napi_env env);

// To be called once for an environment.
void SetUpCalls(napi_env env);

}  // namespace ds

#endif  // DS_JAVASCRIPT_CALL_H_
