// From raw figures to probabilities: the curves that bin/calibrate.py puts into a model.
//
// A model holds text, a line for each curve (metadata_calibration):
//
//   scorer texts 0:0.01 0.2:0.3 1:0.97
//
// What constrains the search ("scorer", "grammar", "free": nothing), what is judged ("texts",
// "words"), and knots RAW:PROBABILITY, between which the curve is straight; before and after them
// it is level. Neither number falls from knot to knot.
#ifndef DS_CONFIDENCE_CALIBRATION_H_
#define DS_CONFIDENCE_CALIBRATION_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace ds {

class Curve {
 public:
  // Throws Error for knots that are no such curve.
  explicit Curve(std::vector<std::pair<double, double>> knots);
  double operator()(double raw) const;

 private:
  std::vector<std::pair<double, double>> knots_;
};

// The two curves for searches of one kind; they belong to their calibration.
struct Curves {
  const Curve* texts = nullptr;
  const Curve* words = nullptr;
};

class Calibration {
 public:
  // Throws Error for text that is none; lines of kinds that are not known yet are kept.
  explicit Calibration(const std::string& text);
  Curves Of(const std::string& constraint) const;

 private:
  std::map<std::pair<std::string, std::string>, Curve> curves_;  // by constraint and what is judged
};

}  // namespace ds
#endif  // DS_CONFIDENCE_CALIBRATION_H_
