#include "javascript/call.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <new>
#include <string>

#include "client/client_c.h"
#include "deepspeech.h"

namespace ds {
namespace {

using Flag = std::shared_ptr<std::atomic<bool>>;

int IsSet(void* flag) { return static_cast<std::atomic<bool>*>(flag)->load(); }

Flag StopFlag(napi_env env) {
  void* flag = nullptr;
  napi_get_instance_data(env, &flag);
  return *static_cast<Flag*>(flag);
}

struct Failure {
  int code = DS_ERR_OK;
  std::string message;
};

// Runs a job on this thread and says what has failed.
Failure Run(const Operation& operation, const Job& job) {
  Failure failure;
  try {
    failure.code = job.run();
  } catch (const std::bad_alloc&) {
    failure.code = DS_ERR_FAIL_RUN_SESS;
  }
  if (failure.code == DS_ERR_OK) return failure;
  const std::string detail = DS_LastError();  // first: it lives until the next call only
  char* message = DS_ErrorCodeToErrorMessage(failure.code);
  char hex[16];
  std::snprintf(hex, sizeof hex, "0x%x", static_cast<unsigned>(failure.code));
  failure.message = std::string(operation.failing) + " failed: " + (message ? message : "") +
                    (detail.empty() ? "" : " ") + detail + " (" + hex + ")";
  DS_FreeString(message);
  return failure;
}

const char* NameOf(int code) {
  switch (code) {
#define DS_NAME(name, value, message) \
  case value:                         \
    return #name;
    DS_FOR_EACH_ERROR(DS_NAME)
#undef DS_NAME
  }
  return "";
}

napi_value String(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text.data(), text.size(), &value);
  return value;
}

void Throw(napi_env env, const Misuse& misuse) {
  auto* function = misuse.kind == Misuse::kType    ? napi_throw_type_error
                   : misuse.kind == Misuse::kRange ? napi_throw_range_error
                                                   : napi_throw_error;
  function(env, nullptr, misuse.message.c_str());
}

// The job that the arguments ask for; false with an exception pending if they are wrong.
bool Make(napi_env env, const Operation& operation, Arguments arguments, Job* job) {
  try {
    *job = operation.make(arguments);
    return true;
  } catch (const Misuse& misuse) {
    Throw(env, misuse);
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "out of memory");
  }
  return false;
}

napi_value Result(napi_env env, const Job& job) {
  napi_value undefined = nullptr;
  napi_get_undefined(env, &undefined);
  return job.result ? job.result(env) : undefined;
}

const Operation& OperationOf(napi_env env, napi_callback_info info) {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  return *static_cast<const Operation*>(data);
}

napi_value CallAtOnce(napi_env env, napi_callback_info info) {
  const Operation& operation = OperationOf(env, info);
  Job job;
  if (!Make(env, operation, Arguments(env, info, false), &job)) return nullptr;
  const Failure failure = Run(operation, job);
  if (failure.code == DS_ERR_OK) return Result(env, job);
  napi_throw(env, String(env, failure.message));
  return nullptr;
}

// A call on another thread.
struct Work {
  const Operation& operation;
  Job job;
  Flag stop;
  Failure failure;
  napi_deferred deferred = nullptr;
  napi_async_work work = nullptr;
};

void Compute(napi_env, void* data) {
  auto* work = static_cast<Work*>(data);
  if (work->stop->load()) {  // nobody will hear of it
    work->failure.code = DS_ERR_FAIL_RUN_SESS;
    return;
  }
  DS_SetInterrupt(IsSet, work->stop.get());
  dsc_set_interrupt(IsSet, work->stop.get());
  work->failure = Run(work->operation, work->job);
  work->job.run = nullptr;  // gives back here what may be hours of audio, not while others wait
  dsc_set_interrupt(nullptr, nullptr);
  DS_SetInterrupt(nullptr, nullptr);
}

void RejectWithPending(napi_env env, napi_deferred deferred) {
  napi_value exception = nullptr;
  napi_get_and_clear_last_exception(env, &exception);
  napi_reject_deferred(env, deferred, exception);
}

void Settle(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Work> work(static_cast<Work*>(data));
  napi_delete_async_work(env, work->work);
  if (work->job.take_turn) work->job.take_turn(false);
  if (status != napi_ok) return;  // Node ends
  bool is_pending = false;
  if (work->failure.code == DS_ERR_OK) {
    const napi_value result = Result(env, work->job);
    napi_is_exception_pending(env, &is_pending);
    if (is_pending || !result) {
      RejectWithPending(env, work->deferred);
    } else {
      napi_resolve_deferred(env, work->deferred, result);
    }
    return;
  }
  napi_value error = nullptr;
  napi_create_error(env, String(env, NameOf(work->failure.code)),
                    String(env, work->failure.message), &error);
  napi_reject_deferred(env, work->deferred, error);
}

napi_value CallLater(napi_env env, napi_callback_info info) {
  const Operation& operation = OperationOf(env, info);
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  if (napi_create_promise(env, &deferred, &promise) != napi_ok) return nullptr;
  Job job;
  if (!Make(env, operation, Arguments(env, info, true), &job)) {
    RejectWithPending(env, deferred);
    return promise;
  }
  auto work = std::make_unique<Work>(Work{operation, std::move(job), StopFlag(env), {}, deferred});
  if (napi_create_async_work(env, nullptr, String(env, operation.failing), Compute, Settle,
                             work.get(), &work->work) == napi_ok &&
      napi_queue_async_work(env, work->work) == napi_ok) {
    if (work->job.take_turn) work->job.take_turn(true);
    work.release();
  } else {
    napi_throw_error(env, nullptr, "Node has no thread for the call");
    RejectWithPending(env, deferred);
  }
  return promise;
}

}  // namespace

void Define(napi_env env, const Operation& operation, napi_value at_once, napi_value later) {
  napi_value function = nullptr;
  void* data = const_cast<Operation*>(&operation);
  napi_create_function(env, operation.name, NAPI_AUTO_LENGTH, CallAtOnce, data, &function);
  napi_set_named_property(env, at_once, operation.name, function);
  napi_create_function(env, operation.name, NAPI_AUTO_LENGTH, CallLater, data, &function);
  napi_set_named_property(env, later, operation.name, function);
}

void StopCalls(napi_env env) { StopFlag(env)->store(true); }

void SetUpCalls(napi_env env) {
  auto flag = std::make_unique<Flag>(std::make_shared<std::atomic<bool>>(false));
  const auto drop = [](napi_env, void* data, void*) { delete static_cast<Flag*>(data); };
  if (napi_set_instance_data(env, flag.get(), drop, nullptr) == napi_ok) flag.release();
}

}  // namespace ds
