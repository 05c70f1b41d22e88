// SPDX-License-Identifier: BSL-1.0
#include "judge.hpp"

#include <algorithm>
#include <array>
#include <iomanip>
#include <ostream>
#include <sstream>
#include <string_view>

namespace bench {
namespace {

/// Copies of float32 on one core of a Zen 4, in 10^9 values a second.
struct known_roof {
  const char* name;
  double expected;
};
constexpr std::array known_roofs{known_roof{"roof/copy/L1/", 28.0}, known_roof{"roof/copy/L2/", 14.3}, known_roof{"roof/copy/DRAM/", 3.0},
                                 known_roof{"roof/streaming/DRAM/", 4.9}};

struct best {
  std::string name;
  double rate = 0.0;
};
best best_of(const std::string& prefix, const rates& found) {
  best b;
  for (auto i = found.lower_bound(prefix); i != found.end() && i->first.starts_with(prefix); ++i)
    if (i->second > b.rate) b = {i->first, i->second};
  return b;
}

std::string number(double x, int digits) {
  std::ostringstream s;
  s << std::fixed << std::setprecision(digits) << x;
  return s.str();
}
std::string rate(double x) { return x == 0.0 ? "-" : number(x, x < 10.0 ? 2 : 1); }
std::string ratio(double x) { return x == 0.0 ? "-" : number(x, 2); }

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return text.find(w) != text.npos; });
}

/// What a product must reach of the peer, by its kind and by the number of samples.
double product_target(std::string_view kind, std::string_view formats, bool one_sample) {
  if (kind == "fast") return one_sample ? 1.0 : 0.8;
  if (kind == "exact") return one_sample ? 0.6 : 0.4;
  if (contains_any(formats, {"Ternary", "Binary", "ternary", "binary"})) return one_sample ? 1.55 : 0.75;
  if (contains_any(formats, {"FP4", "fp4", "int4", "Fixed<4", "Fixed4", "BlockFP<4", "BlockFP4", "E2M1", "4bit", "4-bit"}))
    return one_sample ? 1.55 : 0.75;
  if (contains_any(formats, {"Block", "MX", "block", "mx"})) return one_sample ? 1.0 : 0.7;
  return one_sample ? 1.1 : 0.92;
}

}  // namespace

double median(std::vector<double> of) {
  if (of.empty()) return 0.0;
  std::sort(of.begin(), of.end());
  const std::size_t half = of.size() / 2;
  return of.size() % 2 != 0 ? of[half] : (of[half - 1] + of[half]) / 2;
}

std::vector<std::string> invalid_roofs(const rates& found) {
  std::vector<std::string> bad;
  for (const known_roof& r : known_roofs)
    if (best_of(r.name, found).rate < 0.9e9 * r.expected) bad.emplace_back(r.name);
  return bad;
}

verdict judge(const job& j, const rates& found) {
  verdict v;
  v.job = j.name;
  v.unit = j.unit;
  if (const auto i = found.find(j.name); i != found.end()) v.ours = i->second;
  v.met = v.reached = v.ours > 0.0;
  const auto require = [&](bool condition, const std::string& text) {
    v.has_target = true;
    v.target += (v.target.empty() ? "" : ", ") + text;
    v.met = v.met && condition;
    v.reached = v.reached && condition;
  };
  if (!j.roof.empty()) {
    const best b = best_of(j.roof, found);
    v.roof_name = b.name;
    v.roof = b.rate;
    if (v.roof > 0.0) v.of_roof = v.ours / v.roof;
  }
  for (const std::string& prefix : j.peers)
    if (const best b = best_of(prefix, found); b.rate > v.peer) {
      v.peer = b.rate;
      v.peer_name = b.name;
    }
  if (v.peer > 0.0) v.of_peer = v.ours / v.peer;
  if (j.of_roof > 0.0) {
    const std::vector<std::string> bad = invalid_roofs(found);
    require(v.of_roof >= j.of_roof, number(j.of_roof, 2) + " roof");
    v.met = v.met && std::find(bad.begin(), bad.end(), j.roof) == bad.end();
  }
  if (j.of_peer > 0.0) require(v.of_peer >= j.of_peer, number(j.of_peer, 2) + " peer");
  if (j.at_least > 0.0) require(v.ours >= j.at_least * 1e9, number(j.at_least, 1) + ' ' + j.unit);
  return v;
}

std::vector<job> product_jobs(const rates& found) {
  std::vector<job> all;
  for (const auto& [name, unused] : found) {
    const auto kind_end = name.find('/');
    const std::string kind = name.substr(0, kind_end);
    if (kind != "linear" && kind != "fast" && kind != "exact") continue;
    const auto k_begin = name.rfind('/'), m_begin = name.rfind('/', k_begin - 1);
    if (m_begin == kind_end || m_begin == name.npos) continue;
    const std::string formats = name.substr(kind_end + 1, m_begin - kind_end - 1), size = name.substr(m_begin);
    job j;
    j.name = name;
    j.unit = "GOP/s";
    j.peers = {(kind == "linear" ? "peer/onednn_int8" : "peer/onednn_f32") + size};
    j.of_peer = product_target(kind, formats, size.starts_with("/1/"));
    all.push_back(std::move(j));
  }
  return all;
}

bool print_table(std::ostream& out, const std::vector<verdict>& lines) {
  // 1. All cells as text, to know how wide the columns are.
  const std::vector<std::string> head{"job", "ours", "unit", "best peer", "", "roof", "/ peer", "/ roof", "target", "met"};
  std::vector<std::vector<std::string>> rows{head};
  int with_target = 0, met = 0, reached = 0;
  for (const verdict& v : lines) {
    const double scale = v.unit.starts_with("M") ? 1e6 : 1e9;
    std::string peer = v.peer_name;
    if (peer.starts_with("peer/")) peer = peer.substr(5, peer.find('/', 5) - 5);
    rows.push_back({v.job, rate(v.ours / scale), v.unit, rate(v.peer / scale), peer, rate(v.roof / scale), ratio(v.of_peer),
                    ratio(v.of_roof), v.target,
                    !v.has_target ? ""
                    : v.met       ? "yes"
                                  : "NO"});
    with_target += v.has_target;
    met += v.has_target && v.met;
    reached += v.has_target && v.reached;
  }
  std::vector<std::size_t> width(head.size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  // 2. Numbers to the right, words to the left.
  const auto is_number = [](std::size_t i) { return i == 1 || i == 3 || (5 <= i && i <= 7); };
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < head.size(); ++i)
      out << (i == 0 ? "" : "  ") << (is_number(i) ? std::right : std::left)
          << std::setw(static_cast<int>(i + 1 == head.size() ? 0 : width[i])) << rows[r][i];
    out << '\n';
  }
  out << '\n';
  if (reached != met) out << "against invalid roofs too: " << reached << " of " << with_target << '\n';
  out << "targets met: " << met << " of " << with_target << '\n';
  return met == with_target;
}

}  // namespace bench
