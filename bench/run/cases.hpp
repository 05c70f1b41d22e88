// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file cases.hpp
/// What every benchmark shares: memory to work on, a way to register a case, and what a case has to reach. A case is a Google
/// Benchmark that counts items; a job is a case with something to compare it with. Names: `roof/…` are limits of the machine,
/// `peer/…` other libraries, everything else is dyadic.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// The three places that float32 tensors are measured in.
struct place {
  const char* name;
  std::int64_t values;
};
inline constexpr place l1{"L1", 4096}, l2{"L2", 65536}, dram{"DRAM", std::int64_t{16} << 20};

/// Standard normal values, the same in every run, `n` up to those of `dram`; written to by nobody.
const float* input(std::int64_t n);
/// Room for as many results. Both are aligned to 64 bytes, and half a page apart modulo 4096.
float* output(std::int64_t n);

/// One row of the table. Targets that are 0 are not set; all that are set must be reached.
struct job {
  std::string name;                ///< of the case
  std::string roof;                ///< `roof/…`: the best of all cases whose names begin with this
  double of_roof = 0.0;            ///< items per second against the roof's
  std::vector<std::string> peers;  ///< beginnings of names: the best counts
  double of_peer = 0.0;
  double at_least = 0.0;  ///< 10^9 items per second
  std::string unit = "Gel/s";
};
std::vector<job>& jobs();

/// All that are registered, and how long each runs in a round.
std::vector<benchmark::internal::Benchmark*>& cases();
void set_seconds(double of_a_case);

/// Registers a case: `body` handles `items` items a call.
/// @param real_time  for work of several threads, whose time on all processors together says little
template <class Body>
void add(const std::string& name, std::int64_t items, Body body, bool real_time = false) {
  auto* c = benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) mutable {
    for ([[maybe_unused]] auto _ : state) {
      body();
      benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations() * items);
  });
  if (real_time) c->UseRealTime();
  cases().push_back(c);
}
template <class Body>
void add(job j, std::int64_t items, Body body, bool real_time = false) {
  add(j.name, items, std::move(body), real_time);
  jobs().push_back(std::move(j));
}

/// Each source file registers its cases in one such function; main calls them all.
void add_roofs();
void add_quantisers();
void add_codes();
void add_networks();
void add_peers();
void add_products();
void add_tables();

}  // namespace bench
