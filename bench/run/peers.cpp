// SPDX-License-Identifier: BSL-1.0
// What other libraries make of the same work. Eigen is always there; the others where they are installed.
#include "cases.hpp"

#include <Eigen/Core>

namespace bench {
namespace {

using array = Eigen::Map<const Eigen::ArrayXf, Eigen::Aligned64>;
using result = Eigen::Map<Eigen::ArrayXf, Eigen::Aligned64>;

void add_eigen(const place& p) {
  const float* in = input(p.values);
  float* out = output(p.values);
  const std::int64_t n = p.values;
  const std::string where = std::string("/") + p.name;
  add("peer/eigen_fixed" + where, n, [=] { result(out, n) = (array(in, n) * 16.0F).rint().max(-128.0F).min(127.0F) * 0.0625F; });
  add("peer/eigen_half" + where, n, [=] { result(out, n) = array(in, n).cast<Eigen::half>().cast<float>(); });
  add("peer/eigen_bfloat16" + where, n, [=] { result(out, n) = array(in, n).cast<Eigen::bfloat16>().cast<float>(); });
}

}  // namespace

void add_peers() {
  for (const place& p : {l1, l2, dram}) add_eigen(p);
}

}  // namespace bench
