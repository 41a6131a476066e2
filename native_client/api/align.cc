// The C API's functions for alignment, and the memory of what they give.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "align/aligner.h"
#include "api/guard.h"
#include "api/model_state.h"
#include "api/sample_stream.h"
#include "base/error.h"
#include "base/utf8.h"
#include "deepspeech.h"
#include "segment/segmenter.h"
#include "segment/speech_detector.h"

namespace ds {
namespace {

// Owns everything that an Alignment of deepspeech.h points to; `result` comes first, so that its
// address is the block's.
struct AlignmentBlock {
  AlignmentBlock(const Text& text, const Alignment& found, float step_seconds) {
    Fill(text, text.lines, found.lines, step_seconds, &lines, &line_texts);
    Fill(text, text.words, found.words, step_seconds, &words, &word_texts);
    Fill(text, text.letters, found.letters, step_seconds, &letters, &letter_texts);
    for (AlignedPart& letter : letters) letter.first = letter.count = 0;
    result = {lines.data(),
              static_cast<unsigned>(lines.size()),
              words.data(),
              static_cast<unsigned>(words.size()),
              letters.data(),
              static_cast<unsigned>(letters.size()),
              static_cast<float>(found.steps) * step_seconds};
  }
  AlignmentBlock(const AlignmentBlock&) = delete;
  AlignmentBlock& operator=(const AlignmentBlock&) = delete;

  ::Alignment result;
  std::vector<AlignedPart> lines, words, letters;
  std::vector<std::string> line_texts, word_texts, letter_texts;

 private:
  static void Fill(const Text& text, const std::vector<TextPart>& parts,
                   const std::vector<Place>& places, float step_seconds,
                   std::vector<AlignedPart>* out, std::vector<std::string>* texts) {
    out->reserve(parts.size());
    texts->reserve(parts.size());  // the structs point into it
    for (size_t i = 0; i < parts.size(); ++i) {
      texts->push_back(text.Of(parts[i]));
      const Place& place = places[i];
      out->push_back({texts->back().c_str(), static_cast<float>(place.start) * step_seconds,
                      static_cast<float>(place.end) * step_seconds, place.confidence, place.found,
                      static_cast<unsigned>(parts[i].first),
                      static_cast<unsigned>(parts[i].count)});
    }
  }
};

}  // namespace
}  // namespace ds

struct AlignStream : ds::SampleStream {
  AlignStream(std::shared_ptr<const ds::Core> model, const char* text)
      : SampleStream(std::move(model)),
        aligner(core->alphabet, text),
        segmenter(core->engine.network().features.sample_rate, kSpeech) {
    if (const size_t at = ds::FindBroken(text); at != std::string_view::npos) {
      throw ds::Error("byte " + std::to_string(at) + " of the text is no UTF-8");
    }
    if (aligner.text().lines.empty()) {
      throw ds::Error("the text is empty: give what is spoken in the recording");
    }
    if (aligner.text().words.empty()) {
      throw ds::Error(
          "the text has no letter of the model's alphabet: is it in the model's language?");
    }
  }

  ds::ProbSink Sink() {
    return [this](const float* probs, int count) { aligner.Step(probs, count, classes()); };
  }
  void Feed(const short* samples, size_t count) {
    fed.Run([&] {
      segmenter.Feed(samples, count, &segments);
      acoustics.Feed(samples, count, Sink());
    });
  }
  ::Alignment* Finish() {
    acoustics.Finish(Sink());
    segmenter.Finish(&segments);
    const auto reach = static_cast<uint32_t>(kReach / core->step_seconds);
    auto block = std::make_unique<ds::AlignmentBlock>(
        aligner.text(), aligner.Finish(StepsWithVoice(), reach), core->step_seconds);
    return &block.release()->result;  // DS_FreeAlignment takes it from there
  }

  ds::Aligner aligner;

 private:
  // Any speech, up to any silence that is longer than those within words.
  static constexpr ds::SegmentRules kSpeech = {200, 0, 0, 600000, ds::SpeechDetector::kThreshold};
  static constexpr float kReach = 0.7f;  // seconds: by so much a network may be late

  std::vector<ds::Voiced> StepsWithVoice() const {
    std::vector<ds::Voiced> voiced;
    const auto step = static_cast<uint64_t>(core->extractor.step());
    for (const ds::Segment& segment : segments) {
      voiced.push_back({static_cast<uint32_t>(segment.start / step),
                        static_cast<uint32_t>((segment.end + step - 1) / step)});
    }
    return voiced;
  }

  ds::Segmenter segmenter;
  std::vector<ds::Segment> segments;
};

namespace ds {
namespace {

std::unique_ptr<AlignStream> NewAlignStream(const ModelState* model, const char* text) {
  RequireModel(model);
  if (text == nullptr) throw Error("the text is NULL");
  return std::make_unique<AlignStream>(model->core, text);
}

void RequireSamples(const short* samples, unsigned count) {
  if (samples == nullptr && count > 0) throw Error("the samples are NULL");
}

void RequireAlignStream(const AlignStream* stream) {
  if (stream == nullptr) throw Error(DS_ERR_FAIL_CREATE_STREAM, "the stream is NULL");
  stream->fed.Require();
}

}  // namespace
}  // namespace ds

using ds::Guard;

int DS_AlignText(ModelState* aCtx, const short* aBuffer, unsigned int aBufferSize,
                 const char* aText, Alignment** retval) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    ds::RequireSamples(aBuffer, aBufferSize);
    const auto stream = ds::NewAlignStream(aCtx, aText);
    stream->Feed(aBuffer, aBufferSize);
    *retval = stream->Finish();
    return DS_ERR_OK;
  });
}

int DS_CreateAlignStream(ModelState* aCtx, const char* aText, AlignStream** retval) {
  return Guard(DS_ERR_FAIL_CREATE_STREAM, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    *retval = ds::NewAlignStream(aCtx, aText).release();
    return DS_ERR_OK;
  });
}

int DS_FeedAlignStream(AlignStream* aStream, const short* aBuffer, unsigned int aBufferSize) {
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequireAlignStream(aStream);
    ds::RequireSamples(aBuffer, aBufferSize);
    aStream->Feed(aBuffer, aBufferSize);
    return DS_ERR_OK;
  });
}

int DS_FinishAlignStream(AlignStream* aStream, Alignment** retval) {
  const std::unique_ptr<AlignStream> stream(aStream);
  return Guard(DS_ERR_FAIL_RUN_SESS, [&] {
    ds::RequirePlaces(retval);
    *retval = nullptr;
    ds::RequireAlignStream(aStream);
    *retval = stream->Finish();
    return DS_ERR_OK;
  });
}

void DS_FreeAlignStream(AlignStream* aStream) { delete aStream; }

void DS_FreeAlignment(Alignment* aAlignment) {
  delete reinterpret_cast<ds::AlignmentBlock*>(aAlignment);
}
