#include "features/features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interrupt.h"

namespace ds {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kPreEmphasis = 0.97;
constexpr int kLifter = 22;
constexpr int kFft2017 = 512;  // whatever the window: longer ones are cut to it
constexpr int kFilters2017 = 26;
constexpr double kFloor2017 = std::numeric_limits<double>::epsilon();
constexpr double kFloor093 = 1e-12;
constexpr double kSmallestDeviation = 1e-6;
constexpr int kMaxWindow = 1 << 16;
constexpr size_t kPiece = 1 << 16;  // samples between two looks at the caller's wishes

int PowerOfTwo(int size) {
  int power = 4;
  while (power < size) power *= 2;
  return power;
}

int HalfUp(double value) { return static_cast<int>(value + 0.5); }

}  // namespace

FeatureExtractor::FeatureExtractor(const FeatureSpec& spec)
    : is_2017_(spec.is_2017),
      n_input_(spec.n_input),
      window_(is_2017_ ? HalfUp(spec.win_len_ms * spec.sample_rate / 1000.0)
                       : static_cast<int>(int64_t{spec.win_len_ms} * spec.sample_rate / 1000)),
      step_(0),
      hop_(is_2017_ ? HalfUp(spec.win_step_ms * spec.sample_rate / 2000.0)
                    : static_cast<int>(int64_t{spec.win_step_ms} * spec.sample_rate / 1000)),
      fft_(is_2017_ ? kFft2017 : PowerOfTwo(std::clamp(window_, 1, kMaxWindow))) {
  step_ = is_2017_ ? 2 * hop_ : hop_;
  const int channels = is_2017_ ? kFilters2017 : spec.mel_channels;
  if (window_ < 2 || window_ > kMaxWindow || hop_ < 1 || n_input_ > channels) {
    throw Error(DS_ERR_MODEL_INCOMPATIBLE,
                "the model's features cannot be computed: " + std::to_string(n_input_) +
                    " coefficients from " + std::to_string(channels) + " filters, windows of " +
                    std::to_string(window_) + " samples every " + std::to_string(hop_));
  }
  if (is_2017_) {
    MakeFilters2017(spec.sample_rate);
    MakeCosines(kFilters2017, kLifter);
  } else {
    taper_.resize(window_);
    for (int i = 0; i < window_; ++i) taper_[i] = 0.5 - 0.5 * std::cos(2 * kPi * i / window_);
    MakeFilters093(spec);
    MakeCosines(channels, 0);
  }
}

// Triangles between whole bins: filter c rises from bins[c] to bins[c + 1], falls to bins[c + 2].
void FeatureExtractor::MakeFilters2017(int sample_rate) {
  const double top = 2595 * std::log10(1 + sample_rate / 2.0 / 700);
  std::vector<int> bins(kFilters2017 + 2);
  for (int i = 0; i < kFilters2017 + 2; ++i) {
    const double hertz = 700 * (std::pow(10.0, top * i / (kFilters2017 + 1) / 2595) - 1);
    // The nudge keeps the last edge, which is exactly half the rate, from falling to the bin below.
    bins[i] = static_cast<int>(std::floor((kFft2017 + 1) * hertz / sample_rate + 1e-9));
  }
  for (int c = 0; c < kFilters2017; ++c) {
    Filter filter;
    filter.first = bins[c];
    for (int bin = bins[c]; bin < bins[c + 1]; ++bin) {
      filter.weights.push_back(double(bin - bins[c]) / (bins[c + 1] - bins[c]) / kFft2017);
    }
    for (int bin = bins[c + 1]; bin < bins[c + 2]; ++bin) {
      filter.weights.push_back(double(bins[c + 2] - bin) / (bins[c + 2] - bins[c + 1]) / kFft2017);
    }
    filters_.push_back(std::move(filter));
  }
}

// Triangles that are linear in mel, weighted at each bin's own frequency.
void FeatureExtractor::MakeFilters093(const FeatureSpec& spec) {
  auto to_mel = [](double hertz) { return 1127 * std::log1p(hertz / 700); };
  const double bin_hz = 0.5 * spec.sample_rate / (fft_.bins() - 1);
  const int first = static_cast<int>(1.5 + spec.lower_hz / bin_hz);
  const int last = std::min(static_cast<int>(spec.upper_hz / bin_hz), fft_.bins() - 1);
  const double low = to_mel(spec.lower_hz), high = to_mel(spec.upper_hz);
  const double spacing = (high - low) / (spec.mel_channels + 1);
  for (int c = 0; c < spec.mel_channels; ++c) {
    Filter filter;
    filter.first = first;
    for (int bin = first; bin <= last; ++bin) {
      const double at = (to_mel(bin * bin_hz) - low) / spacing - c;  // 0 and 2: edges, 1: centre
      if (at >= 2) break;
      const double weight = std::max(0.0, at < 1 ? at : 2 - at);
      if (weight > 0 || !filter.weights.empty()) {
        filter.weights.push_back(weight);
      } else {
        filter.first = bin + 1;
      }
    }
    while (!filter.weights.empty() && filter.weights.back() == 0) filter.weights.pop_back();
    filters_.push_back(std::move(filter));
  }
}

// sqrt(2 / N) cos(pi / N k (j + 1/2)), for 2017 times 1 + L / 2 sin(pi k / L).
void FeatureExtractor::MakeCosines(int filters, int lifter) {
  cosines_.resize(static_cast<size_t>(filters) * n_input_);
  for (int j = 0; j < filters; ++j) {
    for (int k = 0; k < n_input_; ++k) {
      const double lift = lifter == 0 ? 1 : 1 + lifter / 2.0 * std::sin(kPi * k / lifter);
      cosines_[j * n_input_ + k] =
          std::sqrt(2.0 / filters) * std::cos(kPi / filters * k * (j + 0.5)) * lift;
    }
  }
}

size_t FeatureExtractor::FrameCount(size_t samples) const {
  const size_t window = window_, hop = hop_;
  if (!is_2017_) return samples < window ? 1 : (samples - window) / hop + 2;
  if (samples == 0) return 0;
  const size_t frames = samples <= window ? 1 : 1 + (samples - window + hop - 1) / hop;
  return (frames + 1) / 2;
}

void FeatureExtractor::Frame(const int16_t* samples, int count, int16_t before,
                             std::vector<double>* scratch, float* features) const {
  const int size = fft_.size();
  scratch->resize(2 * size + fft_.bins() + n_input_);
  double* signal = scratch->data();
  double* power = signal + 2 * size;
  double* sums = power + fft_.bins();
  count = std::min({count, window_, size});
  if (is_2017_) {
    double last = before;
    for (int i = 0; i < count; ++i) {
      signal[i] = samples[i] - kPreEmphasis * last;
      last = samples[i];
    }
  } else {
    for (int i = 0; i < count; ++i) signal[i] = samples[i] / 32768.0 * taper_[i];
  }
  std::fill(signal + count, signal + size, 0.0);
  fft_.Power(signal, power);

  double energy = 0.0;
  if (is_2017_) {
    for (int bin = 0; bin < fft_.bins(); ++bin) energy += power[bin];
    energy /= kFft2017;
  } else {
    for (int bin = 0; bin < fft_.bins(); ++bin) power[bin] = std::sqrt(power[bin]);
  }
  const double floor = is_2017_ ? kFloor2017 : kFloor093;
  std::fill(sums, sums + n_input_, 0.0);
  for (size_t j = 0; j < filters_.size(); ++j) {
    const Filter& filter = filters_[j];
    double sum = 0.0;
    for (size_t i = 0; i < filter.weights.size(); ++i) {
      sum += filter.weights[i] * power[filter.first + i];
    }
    const double logarithm = std::log(std::max(sum, floor));
    const double* row = cosines_.data() + j * n_input_;
    for (int k = 0; k < n_input_; ++k) sums[k] += logarithm * row[k];
  }
  if (is_2017_) sums[0] = std::log(std::max(energy, floor));
  for (int k = 0; k < n_input_; ++k) features[k] = static_cast<float>(sums[k]);
}

void Whiten(float* rows, size_t frames, int n_context, int n_input) {
  if (frames == 0) return;
  const size_t width = 2 * static_cast<size_t>(n_context) + 1, total = frames + width - 1;
  // A row is in as many windows as reach it.
  auto count = [&](size_t row) {
    return static_cast<double>(std::min({row + 1, total - row, frames, width}));
  };
  const double size = static_cast<double>(frames) * width * n_input;
  double mean = 0.0, variance = 0.0;
  for (size_t row = 0; row < total; ++row) {
    double sum = 0.0;
    for (int k = 0; k < n_input; ++k) sum += rows[row * n_input + k];
    mean += count(row) * sum;
  }
  mean /= size;
  for (size_t row = 0; row < total; ++row) {
    double sum = 0.0;
    for (int k = 0; k < n_input; ++k) {
      const double difference = rows[row * n_input + k] - mean;
      sum += difference * difference;
    }
    variance += count(row) * sum;
  }
  variance /= size;
  const double deviation = std::sqrt(variance);
  const double factor = deviation < kSmallestDeviation ? 1.0 : 1.0 / deviation;
  for (size_t i = 0; i < total * n_input; ++i) {
    rows[i] = static_cast<float>((rows[i] - mean) * factor);
  }
}

void FeatureStream::Feed(const int16_t* samples, size_t count, std::vector<float>* frames) {
  const size_t window = extractor_->window(), step = extractor_->step();
  buffer_.insert(buffer_.end(), samples, samples + count);
  samples_ += count;
  size_t at = 0;
  // A window may be longer or shorter than a step.
  while (buffer_.size() >= at + window && buffer_.size() >= at + step) {
    const size_t size = frames->size();
    frames->resize(size + extractor_->n_input());
    extractor_->Frame(buffer_.data() + at, static_cast<int>(window), before_, &scratch_,
                      frames->data() + size);
    before_ = buffer_[at + step - 1];
    at += step;
    ++frames_;
  }
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at));
}

void FeatureStream::Tail(std::vector<float>* frames) const {
  const size_t step = extractor_->step();
  int16_t before = before_;
  size_t at = 0;
  for (size_t frame = frames_; frame < extractor_->FrameCount(samples_); ++frame) {
    const size_t size = frames->size();
    frames->resize(size + extractor_->n_input());
    const size_t left = at < buffer_.size() ? buffer_.size() - at : 0;
    extractor_->Frame(buffer_.data() + std::min(at, buffer_.size()), static_cast<int>(left), before,
                      &scratch_, frames->data() + size);
    if (at + step <= buffer_.size()) before = buffer_[at + step - 1];
    at += step;
  }
}

std::vector<float> UtteranceRows(const FeatureExtractor& extractor, int n_context,
                                 const int16_t* samples, size_t count, size_t* frames) {
  const size_t context = static_cast<size_t>(n_context) * extractor.n_input();
  std::vector<float> rows(context, 0.0f);
  FeatureStream stream(extractor);
  for (size_t at = 0; at < count; at += kPiece) {
    CheckInterrupt();
    stream.Feed(samples + at, std::min(kPiece, count - at), &rows);
  }
  stream.Tail(&rows);
  *frames = (rows.size() - context) / extractor.n_input();
  rows.resize(rows.size() + context, 0.0f);
  if (extractor.whitens()) Whiten(rows.data(), *frames, n_context, extractor.n_input());
  return rows;
}

}  // namespace ds
