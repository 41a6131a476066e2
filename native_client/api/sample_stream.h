// What the streams of the C API have in common: a model that they share, and samples on their way
// through its network.
#ifndef DS_API_SAMPLE_STREAM_H_
#define DS_API_SAMPLE_STREAM_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "api/acoustic_stream.h"
#include "api/model_state.h"
#include "base/error.h"
#include "deepspeech.h"

namespace ds {

// Whether all calls that fed something have come to their end.
class Fed {
 public:
  // Throws Error unless they have.
  void Require() const {
    if (!in_the_middle_) return;
    throw Error(DS_ERR_FAIL_RUN_SESS,
                "a call that fed this was interrupted or ran out of memory: its samples are "
                "incomplete; free it and create another one");
  }
  // `work()` takes samples in.
  template <typename Work>
  void Run(Work work) {
    in_the_middle_ = true;
    work();
    in_the_middle_ = false;
  }

 private:
  bool in_the_middle_ = false;
};

struct SampleStream {
  explicit SampleStream(std::shared_ptr<const Core> model)
      : core(std::move(model)), acoustics(core->engine, core->extractor) {}

  int classes() const { return core->engine.network().n_classes(); }

  std::shared_ptr<const Core> core;
  AcousticStream acoustics;
  Fed fed;
};

}  // namespace ds
#endif  // DS_API_SAMPLE_STREAM_H_
