// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file judge.hpp
/// From rates to the table: what each job reached, against what, and whether that is enough.
#include "cases.hpp"

#include <iosfwd>
#include <map>

namespace bench {

/// Items per second, by the name of the case: the medians of all rounds.
using rates = std::map<std::string, double>;

double median(std::vector<double> of);

/// One line of the table. Rates and ratios that are not known are 0.
struct verdict {
  std::string job, unit, roof_name, peer_name, target;
  double ours = 0.0, roof = 0.0, peer = 0.0;
  double of_roof = 0.0, of_peer = 0.0;
  bool has_target = false, met = false;
  bool reached = false;  ///< met, if invalid roofs counted as they are
};

/// The roofs that are less than 90 % of what this class of machine gives: what is compared with them is not met.
std::vector<std::string> invalid_roofs(const rates& found);

/// An absent peer and an invalid roof count as not met.
verdict judge(const job& j, const rates& found);

/// Products, registered under the names `linear/<formats>/M/K`, `fast/…`, `exact/…`, become jobs with the targets of their kind:
/// against `peer/onednn_int8/M/K`, and `peer/onednn_f32/M/K`.
std::vector<job> product_jobs(const rates& found);

/// Prints all lines aligned, then `targets met: N of M`. @returns whether all are met
bool print_table(std::ostream& out, const std::vector<verdict>& lines);

}  // namespace bench
