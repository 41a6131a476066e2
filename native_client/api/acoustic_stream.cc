#include "api/acoustic_stream.h"

#include <algorithm>

namespace ds {

AcousticStream::AcousticStream(const Engine& engine, const FeatureExtractor& extractor)
    : engine_(&engine), extractor_(&extractor),
      runs_early_(!engine.network().bidirectional && !extractor.whitens()),
      n_input_(extractor.n_input()), n_context_(engine.network().n_context), features_(extractor),
      state_(engine.InitialState()),
      rows_(static_cast<size_t>(n_context_) * n_input_, 0.0f) {}

int AcousticStream::Ready() const {
  return std::max(0, static_cast<int>(rows_.size() / n_input_) - 2 * n_context_);
}

void AcousticStream::Feed(const int16_t* samples, size_t count, const ProbSink& sink) {
  // A second at a time, so that an hour in one call needs no more memory than an hour in many.
  constexpr size_t kPiece = 20480;
  for (size_t at = 0; at < count; at += kPiece) {
    features_.Feed(samples + at, std::min(kPiece, count - at), &rows_);
    if (runs_early_) Run(Ready() / kBatch * kBatch, sink);
  }
}

void AcousticStream::Flush(const ProbSink& sink) {
  if (runs_early_) Run(Ready(), sink);
}

void AcousticStream::Finish(const ProbSink& sink) {
  features_.Tail(&rows_);
  rows_.resize(rows_.size() + static_cast<size_t>(n_context_) * n_input_, 0.0f);
  const int count = Ready();
  if (extractor_->whitens()) Whiten(rows_.data(), count, n_context_, n_input_);
  Run(count, sink);
}

void AcousticStream::Run(int count, const ProbSink& sink) {
  if (count <= 0) return;
  probs_.resize(static_cast<size_t>(count) * engine_->network().n_classes());
  engine_->Run(rows_.data(), count, &state_, &work_, probs_.data());
  rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(count) * n_input_);
  sink(probs_.data(), count);
}

}  // namespace ds
