// A text that every thread has for itself: what went wrong last.
#ifndef DS_BASE_THREAD_TEXT_H_
#define DS_BASE_THREAD_TEXT_H_

#include <pthread.h>

#include <string>

namespace ds {

// As a thread_local std::string would be, but that one ends the program where a thread has no
// memory for it.
class ThreadText {
 public:
  ThreadText() noexcept;
  ~ThreadText();
  ThreadText(const ThreadText&) = delete;
  ThreadText& operator=(const ThreadText&) = delete;

  // Empties the text; false if there is no memory for any, which then is what it says.
  bool Clear() noexcept;
  // Leaves it empty where memory is lacking.
  void Set(const char* text) noexcept;
  // Valid until the thread sets another.
  const char* Get() const noexcept;

 private:
  std::string* Own() noexcept;

  pthread_key_t key_ = {};
  const bool has_key_;
};

}  // namespace ds
#endif  // DS_BASE_THREAD_TEXT_H_
