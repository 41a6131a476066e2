// What every function of the C API does around its work: exceptions inside, codes at the edge.
#ifndef DS_API_GUARD_H_
#define DS_API_GUARD_H_

#include <exception>
#include <new>

#include "base/error.h"
#include "base/thread_text.h"
#include "deepspeech.h"

namespace ds {

// What DS_LastError gives to this thread.
inline ThreadText& LastError() noexcept {
  static ThreadText text;
  return text;
}

inline int Fail(int code, const char* message) noexcept {
  LastError().Set(message);
  return code;
}

// Runs `work`, which returns a code; whatever it throws becomes a code, `otherwise` where the
// exception has none of its own.
template <typename Work>
int Guard(int otherwise, Work work) noexcept {
  try {
    if (!LastError().Clear()) return otherwise;
    return work();
  } catch (const Error& e) {
    return Fail(e.code_or(otherwise), e.what());
  } catch (const std::bad_alloc&) {
    return Fail(otherwise, "out of memory");
  } catch (const std::exception& e) {
    return Fail(otherwise, e.what());
  } catch (...) {
    return Fail(otherwise, "for an unknown reason");
  }
}

// Runs work(), which returns a number or a pointer; 0 or NULL if it throws.
template <typename Result, typename Work>
Result OrZero(Work work) noexcept {
  Result result = {};
  Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    result = work();
    return DS_ERR_OK;
  });
  return result;
}
template <typename Work>
auto OrNull(Work work) noexcept -> decltype(work()) {
  return OrZero<decltype(work())>(work);
}

inline void RequireModel(const void* model) {
  if (model == nullptr) throw Error(DS_ERR_NO_MODEL, "the model is NULL");
}

// Where results are to be put.
template <typename... Place>
void RequirePlaces(const Place*... places) {
  if (!((places != nullptr) && ...)) {
    throw Error("the pointer for the result is NULL");
  }
}

}  // namespace ds
#endif  // DS_API_GUARD_H_
