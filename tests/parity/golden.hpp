// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file golden.hpp
/// The recorded results of the reference: where they are, their cases, and when a value counts as equal.
#include <dyadic/io/safetensors.hpp>

#include <bit>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace golden {

using nlohmann::json;

/// The recordings of this repository. They also say which cases there must be, whatever folder is replayed.
inline std::string own_folder() { return (std::filesystem::path(DYADIC_TEST_DATA_DIR).parent_path() / "parity" / "data").string(); }
inline std::string folder() {
  const char* other = std::getenv("DYADIC_GOLDEN_DIR");
  return other != nullptr && *other != '\0' ? other : own_folder();
}
inline dyadic::safetensors::File open(const std::string& folder, const std::string& name) {
  return dyadic::safetensors::open(folder + "/" + name + ".safetensors");
}

/// The names of all cases in a file: those of its metadata.
inline std::set<std::string> cases(const dyadic::safetensors::File& file) {
  std::set<std::string> names;
  for (const auto& [name, parameters] : file.metadata()) names.insert(name);
  return names;
}

struct Values {
  dyadic::Extents shape;
  std::vector<float> data;
};
inline Values read(const dyadic::safetensors::File& file, const std::string& tensor) {
  const dyadic::Extents shape = file.shape(tensor);
  return {shape, file.read(tensor, shape)};
}

/// Equal as values: NaN equals NaN, -0 equals 0.
inline bool same(float a, float b) { return a == b || (a != a && b != b); }

/// Of one sign, and at most `ulps` floats apart.
inline bool close(float a, float b, int ulps) {
  if (same(a, b)) return true;
  const auto x = std::bit_cast<std::int32_t>(a), y = std::bit_cast<std::int32_t>(b);
  if (a != a || b != b || a == 0.0F || b == 0.0F || (x < 0) != (y < 0)) return false;
  return x - y <= ulps && y - x <= ulps;
}

/// Collects the differences of one case; the first few are told.
class Differences {
 public:
  void add(std::size_t index, float in, float got, float expected) {
    if (++count_ > 4) return;
    std::ostringstream line;
    line << "  value " << index << ": of " << std::hexfloat << in << " came " << got << ", the reference has " << expected << '\n';
    text_ += line.str();
  }
  [[nodiscard]] bool none() const { return count_ == 0; }
  [[nodiscard]] std::string text() const { return std::to_string(count_) + " values differ:\n" + text_; }

 private:
  int count_ = 0;
  std::string text_;
};

}  // namespace golden
