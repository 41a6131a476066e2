#include "base/thread_text.h"

#include <memory>
#include <new>

namespace ds {
namespace {

thread_local bool is_lacking = false;

}  // namespace

ThreadText::ThreadText() noexcept
    : has_key_(pthread_key_create(
                   &key_, [](void* text) { delete static_cast<std::string*>(text); }) == 0) {}

ThreadText::~ThreadText() {
  if (has_key_) pthread_key_delete(key_);
}

std::string* ThreadText::Own() noexcept {
  if (!has_key_) return nullptr;
  if (void* text = pthread_getspecific(key_)) return static_cast<std::string*>(text);
  std::unique_ptr<std::string> text(new (std::nothrow) std::string);
  return text && pthread_setspecific(key_, text.get()) == 0 ? text.release() : nullptr;
}

bool ThreadText::Clear() noexcept {
  std::string* text = Own();
  if (text != nullptr) text->clear();
  is_lacking = text == nullptr;
  return !is_lacking;
}

void ThreadText::Set(const char* text) noexcept {
  std::string* own = Own();
  if (own == nullptr) return;
  try {
    *own = text;
  } catch (const std::bad_alloc&) {
    own->clear();
  }
}

const char* ThreadText::Get() const noexcept {
  if (is_lacking) return "out of memory";
  const void* text = has_key_ ? pthread_getspecific(key_) : nullptr;
  return text != nullptr ? static_cast<const std::string*>(text)->c_str() : "";
}

}  // namespace ds
