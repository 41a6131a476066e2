// Which features a model takes.
#ifndef DS_FEATURES_FEATURE_SPEC_H_
#define DS_FEATURES_FEATURE_SPEC_H_

namespace ds {

// How the samples become features ; the rest belongs to kind 0.9.3.
struct FeatureSpec {
  bool is_2017 = false;
  int sample_rate = 16000;
  int win_len_ms = 32;
  int win_step_ms = 20;
  int n_input = 26;
  int mel_channels = 40;
  float lower_hz = 20.0f;
  float upper_hz = 8000.0f;
};

}  // namespace ds
#endif  // DS_FEATURES_FEATURE_SPEC_H_
