// SPDX-License-Identifier: BSL-1.0
/// @file main.cpp
/// exhaustive [--sample N] [--threads N] [FORMAT…]: every float32 through the bulk kernels of every named format, every pair of codes
/// through its operators, against exact rationals. Prints a Markdown table; returns 1 if anything differs.
/// --sample N: in place of all 2^32 floats every exponent, every boundary with its neighbours, and N random ones.
#include "exhaustive/boundaries.hpp"
#include "exhaustive/subject.hpp"
#include "exhaustive/work.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

namespace {

using namespace exhaustive;

struct Options {
  std::int64_t sample = -1;  ///< -1: all of them
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::string> formats;
};

std::string without_spaces(std::string_view s) {
  std::string r;
  for (const char c : s)
    if (c != ' ') r += c;
  return r;
}
std::string with_separators(std::uint64_t n) {
  std::string s = std::to_string(n);
  for (auto i = static_cast<std::ptrdiff_t>(s.size()) - 3; i > 0; i -= 3) s.insert(static_cast<std::size_t>(i), " ");
  return s;
}

/// Packed bytes to codes: without gaps from the lowest bit on, or five trits to a byte, or two bytes each.
void unpack(const Subject& s, const std::vector<std::byte>& bytes, std::vector<std::uint16_t>& codes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(bytes[i]); };
  const auto bits = static_cast<std::size_t>(s.bits);
  if (s.trits) {
    constexpr unsigned power[] = {1, 3, 9, 27, 81};
    for (std::size_t i = 0; i < codes.size(); ++i)
      codes[i] = static_cast<std::uint16_t>((byte(i / 5) / power[i % 5] % 3 + 3) & 3);  // digit - 1 modulo 4
  } else if (bits == 16) {
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(byte(2 * i) | byte(2 * i + 1) << 8);
  } else if (bits == 8) {
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(byte(i));
  } else {
    const unsigned mask = (1U << bits) - 1;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const std::size_t at = i * bits, first = at / 8;
      const unsigned two = byte(first) | (first + 1 < bytes.size() ? byte(first + 1) << 8 : 0U);
      codes[i] = static_cast<std::uint16_t>(two >> at % 8 & mask);
    }
  }
}

/// How many of these are not the value of the segment.
std::uint64_t wrong_values(std::span<const float> y, const Segment& s) {
  std::uint64_t n = 0;
  if (s.nan) {
    for (const float v : y) n += (bits_of(v) & ~sign_bit) <= infinity_bits ? 1U : 0U;
  } else if ((s.value & ~sign_bit) == 0) {
    for (const float v : y) n += (bits_of(v) & ~sign_bit) != 0 ? 1U : 0U;
  } else {
    for (const float v : y) n += bits_of(v) != s.value ? 1U : 0U;
  }
  return n;
}
std::uint64_t wrong_codes(std::span<const std::uint16_t> codes, const Segment& s) {
  std::uint64_t n = 0;
  for (const std::uint16_t c : codes) n += c != s.code ? 1U : 0U;
  return n;
}

/// The bulk kernels on one part; the scalar definition at the ends of segments and on every 1021st input.
void check_part(const Subject& s, const Conversion& want, const Inputs& inputs, const Inputs::Part& part, Mismatches& mismatches) {
  thread_local std::vector<float> x, y;
  thread_local std::vector<std::byte> bytes;
  thread_local std::vector<std::uint16_t> codes;
  fill(inputs, part, x);
  y.resize(x.size());
  codes.resize(x.size());
  s.quantize(x, y);
  s.encode(x, bytes);
  unpack(s, bytes, codes);

  const std::vector<Segment>& segments = want.segments();
  const auto begins_later = [](std::uint32_t bits, const Segment& segment) { return bits < segment.first; };
  auto at = std::upper_bound(segments.begin(), segments.end(), bits_of(x.front()), begins_later) - 1;
  const auto scalar = [&](std::size_t i, const Segment& segment) {
    const float q = s.quantize_one(x[i]);
    const Code c = s.encode_one(x[i]);
    if (wrong_values({&q, 1}, segment) == 0 && c == segment.code) return;
    mismatches.add(1);
    mismatches.tell("the definition makes of ", x[i], " (bits ", bits_of(x[i]), ") the value ", q, ", code ", c, ", not code ",
                    segment.code);
  };
  for (std::size_t i = 0; i < x.size(); ++at) {
    const bool last = at + 1 == segments.end();
    const auto end = last ? x.end()
                          : std::lower_bound(x.begin() + static_cast<std::ptrdiff_t>(i), x.end(), (at + 1)->first,
                                             [](float v, std::uint32_t b) { return bits_of(v) < b; });
    const auto stop = static_cast<std::size_t>(end - x.begin());
    if (stop == i) continue;
    const std::uint64_t values = wrong_values({y.data() + i, stop - i}, *at), wrong = wrong_codes({codes.data() + i, stop - i}, *at);
    if (values + wrong != 0) {
      mismatches.add(values + wrong);
      for (std::size_t k = i; k < stop; ++k)
        if (wrong_values({&y[k], 1}, *at) + wrong_codes({&codes[k], 1}, *at) != 0) {
          mismatches.tell("the kernels make of ", x[k], " (bits ", bits_of(x[k]), ") the value ", y[k], ", code ", codes[k], ", not code ",
                          at->code);
          break;
        }
    }
    scalar(i, *at);
    scalar(stop - 1, *at);
    for (std::size_t k = i + 1021 - i % 1021; k < stop; k += 1021) scalar(k, *at);
    i = stop;
  }
}

/// What `a op b` has to be. The definitions leave the sign of a zero sum open.
struct Wanted {
  Code code = 0;
  bool either_zero = false;
};
Wanted expected(const Conversion& to, char op, Code a, Code b) {
  using oracle::Kind;
  const oracle::Format& f = to.format();
  const oracle::Meaning x = f.meaning(a), y = f.meaning(b);
  const Code nan = f.nan_code.value_or(f.zero);
  const auto minus = [](const oracle::Meaning& m) { return std::signbit(m.value); };
  if (x.kind == Kind::nan || y.kind == Kind::nan) return {nan};
  const bool inf_x = x.kind == Kind::infinite, inf_y = y.kind == Kind::infinite;
  const auto infinite = [&](bool below) {
    if (below && f.is_unsigned) return Wanted{nan};
    return Wanted{*f.infinity_code | (below ? f.sign() : 0)};
  };
  const bool minus_y = minus(y) != (op == '-');
  const bool below = minus(x) != minus(y);
  if (op == '+' || op == '-') {
    if (inf_x && inf_y) return minus(x) == minus_y ? infinite(minus_y) : Wanted{nan};
    if (inf_x || inf_y) return infinite(inf_x ? minus(x) : minus_y);
    const mpq_class sum =
        op == '+' ? mpq_class(mpq_class(x.value) + mpq_class(y.value)) : mpq_class(mpq_class(x.value) - mpq_class(y.value));
    return {to.code_of(sum, sgn(sum) < 0), sgn(sum) == 0};
  }
  if (op == '*') {
    if (inf_x || inf_y) return x.value == 0 || y.value == 0 ? Wanted{nan} : infinite(below);
    return {to.code_of(mpq_class(x.value) * mpq_class(y.value), below)};
  }
  if (inf_x) return inf_y ? Wanted{nan} : infinite(below);
  if (inf_y) return {to.code_of(0, below)};
  if (y.value == 0) return {x.value == 0 ? nan : f.at(below ? f.first : f.last).code};  // x / 0 saturates
  return {to.code_of(mpq_class(mpq_class(x.value) / mpq_class(y.value)), below)};
}

std::uint64_t check_pairs(const Subject& s, const Conversion& to, const Options& options, Mismatches& mismatches) {
  const oracle::Format& f = to.format();
  const Code mask = f.mask();
  if (s.bits > 8) return 0;
  Progress bar(std::string(s.name) + " pairs", std::size_t{mask} + 1);
  in_threads(options.threads, std::size_t{mask} + 1, [&](std::size_t row) {
    const Code a = static_cast<Code>(row);
    for (Code b = 0; b <= mask; ++b)
      for (std::size_t op = 0; op < 4; ++op) {
        const Wanted want = expected(to, "+-*/"[op], a, b);
        const Code got = s.arithmetic[op](a, b);
        const bool zero = want.either_zero && got == (f.negative_zero ? *f.negative_zero : want.code);
        if (got == want.code || zero) continue;
        mismatches.add(1);
        mismatches.tell("codes ", a, ' ', "+-*/"[op], ' ', b, " = ", got, ", not ", want.code);
      }
    bar.step();
  });
  return 4 * (std::uint64_t{mask} + 1) * (std::uint64_t{mask} + 1);
}

/// Every code means what the formula says.
std::uint64_t check_codes(const Subject& s, Mismatches& mismatches) {
  const oracle::Format& f = s.definition();
  for (Code c = 0; c <= f.mask(); ++c) {
    const oracle::Meaning m = f.meaning(c);
    const double got = s.value(c);
    const bool same = m.kind == oracle::Kind::nan        ? std::isnan(got)
                      : m.kind == oracle::Kind::infinite ? std::isinf(got) && std::signbit(got) == std::signbit(m.value)
                                                         : got == m.value;
    if (same) continue;
    mismatches.add(1);
    mismatches.tell("code ", c, " decodes to ", got, ", not ", m.value);
  }
  return std::uint64_t{f.mask()} + 1;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Total {
  std::uint64_t inputs = 0, pairs = 0, mismatches = 0;
};

void check_format(const Subject& s, const Options& options, const std::vector<std::uint32_t>& sample, Total& total) {
  const auto start = std::chrono::steady_clock::now();
  const Conversion want(s.definition(), s.round);
  Inputs inputs;
  if (options.sample >= 0) {
    std::vector<std::uint32_t> ends;
    for (const Segment& segment : want.segments())
      for (const std::uint32_t near : {~0U, 0U, 1U}) ends.push_back(segment.first + near);
    std::sort(ends.begin(), ends.end());
    std::merge(sample.begin(), sample.end(), ends.begin(), ends.end(), std::back_inserter(inputs.sample));
  }
  divide(inputs);
  Mismatches mismatches;
  check_codes(s, mismatches);
  {
    Progress bar(s.name, inputs.parts.size());
    in_threads(options.threads, inputs.parts.size(), [&](std::size_t i) {
      check_part(s, want, inputs, inputs.parts[i], mismatches);
      bar.step();
    });
  }
  const std::uint64_t of_conversion = mismatches.count();
  const std::uint64_t pairs = check_pairs(s, want, options, mismatches);
  std::printf("| `%s` | %s | %s | %s | %s | %.1f |\n", std::string(s.name).c_str(), with_separators(inputs.size()).c_str(),
              with_separators(of_conversion).c_str(), pairs == 0 ? "–" : with_separators(pairs).c_str(),
              pairs == 0 ? "–" : with_separators(mismatches.count() - of_conversion).c_str(), seconds_since(start));
  std::fflush(stdout);
  std::cerr << mismatches.text();
  total.inputs += inputs.size();
  total.pairs += pairs;
  total.mismatches += mismatches.count();
}

void check_against(const CrossCheck& c, const Options& options, const std::vector<std::uint32_t>& sample, Total& total) {
  const std::string name(c.name);
  if (!c.present) {
    std::printf("| %s | not on this processor | – | – |\n", name.c_str());
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  Inputs inputs;
  if (options.sample >= 0) inputs.sample = sample;
  divide(inputs);
  Mismatches mismatches;
  std::atomic<std::uint64_t> tried{0};
  Progress bar(c.name, inputs.parts.size());
  in_threads(options.threads, inputs.parts.size(), [&](std::size_t p) {
    thread_local std::vector<float> x;
    thread_local std::vector<std::uint16_t> a, b;
    fill(inputs, inputs.parts[p], x);
    a.resize(x.size());
    b.resize(x.size());
    c.theirs(x, a);
    c.ours(x, b);
    std::uint64_t skipped = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint32_t m = bits_of(x[i]) & ~sign_bit;
      if (m > infinity_bits) {  // NaN: which of its codes is each one's own choice
        if ((a[i] & 0x7fff) > c.infinity && (b[i] & 0x7fff) > c.infinity) continue;
      } else if (c.skips_subnormals && m != 0 && m < 0x00800000U) {
        ++skipped;
        continue;
      } else if (a[i] == b[i]) continue;
      mismatches.add(1);
      mismatches.tell(x[i], " (bits ", bits_of(x[i]), ") is ", a[i], " there and ", b[i], " here");
    }
    tried += x.size() - skipped;
    bar.step();
  });
  std::printf("| %s | %s | %s | %.1f |\n", name.c_str(), with_separators(tried).c_str(), with_separators(mismatches.count()).c_str(),
              seconds_since(start));
  std::fflush(stdout);
  std::cerr << mismatches.text();
  total.inputs += tried;
  total.mismatches += mismatches.count();
}

/// The checks themselves must be able to fail: E4M3, which sends ties to even, against the boundaries of ties away from zero.
void expect_to_fail() {
  const std::vector<Subject> all = floating_subjects();
  const auto e4m3 = std::find_if(all.begin(), all.end(), [](const Subject& one) { return one.name == "E4M3"; });
  if (e4m3 == all.end()) throw std::logic_error("there is no E4M3 to try the checks on");
  const Subject& s = *e4m3;
  const Conversion wrong(s.definition(), dyadic::Round::nearest_away);
  Inputs inputs;
  inputs.sample = sampled_bits(0);
  for (const Segment& segment : wrong.segments()) inputs.sample.push_back(segment.first);
  std::sort(inputs.sample.begin(), inputs.sample.end());
  divide(inputs);
  Mismatches of_conversion, of_pairs;
  for (const Inputs::Part& part : inputs.parts) check_part(s, wrong, inputs, part, of_conversion);
  Options one_thread;
  one_thread.threads = 1;
  check_pairs(s, wrong, one_thread, of_pairs);
  if (of_conversion.count() == 0 || of_pairs.count() == 0)
    throw std::logic_error("the checks find nothing wrong where ties are rounded the other way");
}

int run(const Options& options) {
  expect_to_fail();
  std::vector<Subject> all = uniform_subjects();
  for (const auto& more : {floating_subjects(), other_subjects(), p3109_subjects(), tapered_subjects(), codebook_subjects()})
    all.insert(all.end(), more.begin(), more.end());
  std::vector<Subject> chosen;
  bool cross = options.formats.empty();
  for (const std::string& name : options.formats) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Subject& s) { return without_spaces(s.name) == without_spaces(name); });
    if (name == "cross") cross = true;
    else if (found != all.end()) chosen.push_back(*found);
    else {
      std::cerr << "exhaustive: there is no format '" << name << "' here; there are cross (Eigen and the processor), ";
      for (std::size_t i = 0; i < all.size(); ++i) std::cerr << (i == 0 ? "" : ", ") << all[i].name;
      std::cerr << ".\n";
      return 2;
    }
  }
  if (options.formats.empty()) chosen = all;
  std::vector<std::uint32_t> sample;
  if (options.sample >= 0) {
    sample = sampled_bits(options.sample);
    std::sort(sample.begin(), sample.end());
  }

  Total total;
  if (!chosen.empty()) {
    std::printf("| format | float32 inputs | mismatches | operations on pairs of codes | mismatches | s |\n|---|--:|--:|--:|--:|--:|\n");
    for (const Subject& s : chosen) check_format(s, options, sample, total);
  }
  if (cross) {
    std::printf("\n| against | float32 inputs | mismatches | s |\n|---|--:|--:|--:|\n");
    for (const CrossCheck& c : cross_checks()) check_against(c, options, sample, total);
  }
  std::printf("\n%s inputs and %s operations, %s mismatches (%d lanes, %s).\n", with_separators(total.inputs).c_str(),
              with_separators(total.pairs).c_str(), with_separators(total.mismatches).c_str(), dyadic::detail::native_lanes,
#if defined(__clang__)
              "Clang " __clang_version__
#else
              "GCC " __VERSION__
#endif
  );
  return total.mismatches == 0 && total.inputs != 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if ((word == "--sample" || word == "--threads") && i + 1 < argc) {
      const long long n = std::stoll(argv[++i]);
      if (word == "--sample") options.sample = std::max(0LL, n);
      else options.threads = static_cast<unsigned>(std::clamp(n, 1LL, 256LL));
    } else options.formats.push_back(word);
  }
  return run(options);
} catch (const std::exception& e) {
  std::cerr << "exhaustive: " << e.what() << '\n';
  return 2;
}
