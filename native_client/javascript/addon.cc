// deepspeech.h for Node: each operation as a function that computes at once, and in `later` as one
// that computes on another thread. index.js gives these their public names.
#include <node_api.h>

#include "javascript/call.h"
#include "javascript/operations.h"

namespace {

napi_value Stop(napi_env env, napi_callback_info) {
  ds::StopCalls(env);
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value later = nullptr, stop = nullptr;
  ds::SetUpCalls(env);
  napi_create_object(env, &later);
  for (const ds::Operation& operation : ds::Operations()) {
    ds::Define(env, operation, exports, later);
  }
  napi_set_named_property(env, exports, "later", later);
  napi_create_function(env, "stop", NAPI_AUTO_LENGTH, Stop, nullptr, &stop);
  napi_set_named_property(env, exports, "stop", stop);
  return exports;
}
