#include "api/acoustic_stream.h"

#include <algorithm>
#include <cstdint>

#include "base/interrupt.h"
#include "segment/quietest.h"

namespace ds {
namespace {

constexpr size_t kSmallBatch = 8;  // where samples come in short calls, as they are spoken
constexpr size_t kFew = 4;         // where somebody waits for each
constexpr size_t kPiece = 20480;   // samples taken at a time, so that one long call needs no memory
constexpr size_t kLongest = 2000;  // frames of a segment: 40 s
constexpr size_t kOverlap = 50;    // frames that both segments see: 1 s

}  // namespace

AcousticStream::AcousticStream(const Engine& engine, const FeatureExtractor& extractor)
    : engine_(&engine),
      extractor_(&extractor),
      runs_early_(!engine.network().bidirectional && !extractor.whitens()),
      batch_(engine.network().n_steps),
      small_batch_(std::min(batch_, kSmallBatch)),
      n_input_(extractor.n_input()),
      n_context_(engine.network().n_context),
      features_(extractor),
      state_(engine.InitialState()) {
  if (runs_early_) rows_.assign(n_context_ * n_input_, 0.0f);
}

void AcousticStream::RunByFew() {
  by_few_ = true;
  batch_ = std::min(batch_, kFew);
}

void AcousticStream::Feed(const int16_t* samples, size_t count, const ProbSink& sink) {
  for (size_t at = 0; at < count; at += kPiece) {
    CheckInterrupt();
    const size_t before = Rows();
    features_.Feed(samples + at, std::min(kPiece, count - at), &rows_);
    if (runs_early_) {
      const size_t fresh = Rows() - before;
      largest_ = std::max(largest_, fresh);
      if (by_few_ || largest_ >= small_batch_) {
        RunReady(batch_, sink);
      } else {
        for (size_t i = 0; i < fresh; ++i) RunPart(sink);
      }
    } else {
      while (Rows() > kLongest) CutSegment(sink);
    }
  }
}

void AcousticStream::Finish(const ProbSink& sink) {
  features_.Tail(&rows_);
  if (runs_early_) {
    rows_.resize(rows_.size() + n_context_ * n_input_, 0.0f);
    RunReady(1, sink);
  } else {
    RunSegment(Rows(), settled_, Rows(), sink);
  }
}

size_t AcousticStream::Ready() const {
  return Rows() > 2 * n_context_ ? Rows() - 2 * n_context_ : 0;
}

// Runs the frames whose context has come, a multiple of `multiple`.
void AcousticStream::RunReady(size_t multiple, const ProbSink& sink) {
  while (parts_ > 0) RunPart(sink);
  const size_t most = by_few_ ? batch_ : SIZE_MAX;
  while (const size_t count = std::min(Ready(), most) / multiple * multiple) {
    probs_.resize(count * engine_->network().n_classes());
    engine_->Run(rows_.data(), n_input_, static_cast<int>(count), &state_, &work_, probs_.data());
    DropRows(count);
    sink(probs_.data(), static_cast<int>(count));
  }
}

// Does a third of the work of a batch, if there is one.
void AcousticStream::RunPart(const ProbSink& sink) {
  const int count = static_cast<int>(small_batch_), half = count / 2;
  switch (parts_) {
    case 0:
      if (Ready() < small_batch_) return;
      engine_->Enter(rows_.data(), n_input_, count, &work_);
      DropRows(small_batch_);
      parts_ = 1;
      break;
    case 1:
      engine_->Recur(0, half, &state_, &work_);
      parts_ = 2;
      break;
    case 2:
      engine_->Recur(half, count, &state_, &work_);
      probs_.resize(small_batch_ * engine_->network().n_classes());
      engine_->Leave(count, &work_, probs_.data());
      parts_ = 0;
      sink(probs_.data(), count);
      break;
  }
}

// Runs the first `frames` rows as one utterance and gives out frames `first` to `last` - 1.
void AcousticStream::RunSegment(size_t frames, size_t first, size_t last, const ProbSink& sink) {
  if (first >= last) return;
  const size_t context = n_context_ * n_input_, classes = engine_->network().n_classes();
  std::vector<float> padded(frames * n_input_ + 2 * context, 0.0f);
  std::copy_n(rows_.begin(), frames * n_input_, padded.begin() + context);
  if (extractor_->whitens()) {
    Whiten(padded.data(), frames, static_cast<int>(n_context_), static_cast<int>(n_input_));
  }
  probs_.resize(frames * classes);
  LstmState state = engine_->InitialState();
  engine_->Run(padded.data(), n_input_, static_cast<int>(frames), &state, &work_, probs_.data());
  sink(probs_.data() + first * classes, static_cast<int>(last - first));
}

void AcousticStream::CutSegment(const ProbSink& sink) {
  // By the first coefficient, the logarithm of the level.
  const size_t cut = QuietestStep(kLongest / 2, kLongest - kOverlap,
                                  [this](size_t t) { return rows_[t * n_input_]; });
  RunSegment(cut + kOverlap, settled_, cut, sink);
  DropRows(cut - kOverlap);
  settled_ = kOverlap;
}

void AcousticStream::DropRows(size_t count) {
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count * n_input_));
}

}  // namespace ds
