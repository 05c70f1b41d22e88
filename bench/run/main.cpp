// SPDX-License-Identifier: BSL-1.0
// Runs every case in rounds, one case after the other, so that what disturbs the machine for a while disturbs all alike; takes the
// medians; prints one table. Options: --rounds=N, --seconds=S (for a case in a round), --json=FILE, and those of Google Benchmark (--benchmark_filter=REGEX, …).
// With --plain it is an ordinary Google Benchmark.
#include "judge.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <set>
#include <string_view>

#if defined(_OPENMP)
#include <omp.h>
#endif

namespace {

/// Keeps the rates of all rounds and writes every run to a JSON file.
class collector : public benchmark::BenchmarkReporter {
 public:
  explicit collector(std::ostream* json) {
    if (json != nullptr) {
      json_ = std::make_unique<benchmark::JSONReporter>();
      json_->SetOutputStream(json);
    }
  }
  bool ReportContext(const Context& context) override {
    if (json_ && !begun_) json_->ReportContext(context);
    begun_ = true;
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    if (json_) json_->ReportRuns(runs);
    for (const Run& r : runs)
      if (const auto rate = r.counters.find("items_per_second"); !r.error_occurred && rate != r.counters.end())
        rates_[r.run_name.function_name].push_back(rate->second);
  }
  void finish() {
    if (json_) json_->Finalize();
  }
  [[nodiscard]] bench::rates medians() const {
    bench::rates m;
    for (const auto& [name, all] : rates_) m[name] = bench::median(all);
    return m;
  }

 private:
  std::unique_ptr<benchmark::JSONReporter> json_;
  bool begun_ = false;
  std::map<std::string, std::vector<double>> rates_;
};

/// The value of `--name=…` among the arguments, which it is taken out of.
std::string option(int& argc, char** argv, std::string_view name, std::string otherwise) {
  int kept = 1;
  for (int i = 1; i < argc; ++i) {
    const std::string_view a = argv[i];
    if (a.starts_with(name) && (a.size() == name.size() || a[name.size()] == '='))
      otherwise = a.size() == name.size() ? "yes" : a.substr(name.size() + 1);
    else argv[kept++] = argv[i];
  }
  argc = kept;
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) try {
  const int rounds = std::max(1, std::atoi(option(argc, argv, "--rounds", "9").c_str()));
  const std::string json_path = option(argc, argv, "--json", ""), seconds = option(argc, argv, "--seconds", "0.01");
  const bool plain = !option(argc, argv, "--plain", "").empty();
#if defined(_OPENMP)
  omp_set_num_threads(1);  // but for the cases that ask for two
#endif
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  bench::add_roofs();
  bench::add_quantisers();
  bench::add_codes();
  bench::add_networks();
  bench::add_peers();
  bench::add_products();
  bench::add_tables();
  bench::set_seconds(std::max(1e-4, std::atof(seconds.c_str())));
  if (plain) return benchmark::RunSpecifiedBenchmarks() == 0 ? 1 : 0;

  std::ofstream json;
  if (!json_path.empty()) {
    json.open(json_path);
    if (!json) {
      std::cerr << "bench: cannot write " << json_path << '\n';
      return 2;
    }
  }
  collector all(json_path.empty() ? nullptr : &json);
  const auto start = std::chrono::steady_clock::now();
  for (int round = 1; round <= rounds; ++round) {
    const std::size_t cases = benchmark::RunSpecifiedBenchmarks(&all);
    const auto took = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - start).count();
    std::cerr << "round " << round << " of " << rounds << ": " << cases << " cases, " << took << " s\n";
    if (cases == 0) return 1;
  }
  all.finish();

  const bench::rates found = all.medians();
  std::vector<bench::job> jobs = bench::jobs();
  for (bench::job& j : bench::product_jobs(found)) jobs.push_back(std::move(j));
  std::vector<bench::verdict> lines;
  for (const bench::job& j : jobs)
    if (found.contains(j.name)) lines.push_back(bench::judge(j, found));
  for (const std::string& roof : bench::invalid_roofs(found))
    std::cout << "invalid: the best of " << roof << "… is under 90 % of what this class of machine gives\n";
  std::cout << "Medians of " << rounds << " rounds; Gel/s: 10^9 elements a second, GOP/s: 10^9 operations, Mimg/s: 10^6 images.\n";
  bench::print_table(std::cout, lines);
  return 0;
} catch (const std::exception& e) {
  std::cerr << "bench: " << e.what() << '\n';
  return 2;
}
