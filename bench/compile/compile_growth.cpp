// SPDX-License-Identifier: BSL-1.0
// What does a network cost at every build, and how does that grow with its size? Writes networks of N nodes as source files, has compilers
// compile them, and measures processor seconds, peak memory, object size and, with Clang, template instantiations.
//
//   compile_growth WORK_FOLDER [--gate] [--quick] COMPILER... -- FLAG...
//
// --gate: only count instantiations per node (Clang), and fail beyond the limit below. --quick: small networks, one run each.
#include <sys/resource.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

// --- Limits -----------------------------------------------------------------------------------------------------------------

constexpr double most_include_ratio = 1.3;        // dyadic.hpp over Eigen's Tensor
constexpr double most_seconds_of_new_pair = 0.15;  // a node with an (operator, scheme) that no other has
constexpr double most_seconds_of_old_pair = 0.02;  // a node that repeats one
constexpr double most_exponent = 1.15;             // log2(t(2N) / t(N)), N from 32 to 256
constexpr double most_instantiations = 3;          // per node that repeats a pair; the gate of the tests

// --- Networks as text -------------------------------------------------------------------------------------------------------

struct network {
  std::string nodes, last = "x";
  int count = 0;
  void add(const std::string& name, const std::string& operation, const std::vector<std::string>& inputs) {
    nodes += (count++ == 0 ? "    node<\"" : ",\n    node<\"") + name + "\", " + operation;
    for (const std::string& i : inputs) nodes += ", \"" + i + "\"";
    nodes += ">";
    last = name;
  }
};

// x, then linear and relu in turn, all of one size.
network mlp(int size) {
  network n;
  n.add("x", "input<dyn, 8>", {});
  for (int i = 1; n.count < size; ++i) {
    n.add("fc" + std::to_string(i), "linear<8, 8>", {n.last});
    if (n.count < size) n.add("act" + std::to_string(i), "relu", {n.last});
  }
  return n;
}

// x, then blocks of attention and of two linear layers, cut off where the network is large enough.
network vit(int size) {
  network n;
  n.add("x", "input<dyn, 16, 8>", {});
  for (int i = 1; n.count < size; ++i) {
    const std::string b = "block" + std::to_string(i) + ".", in = n.last;
    const auto add = [&](const char* name, const char* operation, std::vector<std::string> inputs) {
      if (n.count < size) n.add(b + name, operation, inputs);
    };
    add("ln1", "layer_norm<8>", {in});
    for (const char* p : {"q", "k", "v"}) add(p, "linear<8, 8>", {b + "ln1"});
    add("qh", "split_heads<2>", {b + "q"});
    add("kh", "split_heads<2>", {b + "k"});
    add("vh", "split_heads<2>", {b + "v"});
    add("kt", "transpose<-2, -1>", {b + "kh"});
    add("scores", "matmul", {b + "qh", b + "kt"});
    add("scaled", "scale_by<inverse_sqrt<4>>", {b + "scores"});
    add("p", "softmax", {b + "scaled"});
    add("mix", "matmul", {b + "p", b + "vh"});
    add("merged", "merge_heads", {b + "mix"});
    add("o", "linear<8, 8>", {b + "merged"});
    add("mid", "dyadic::add", {in, b + "o"});
    add("ln2", "layer_norm<8>", {b + "mid"});
    add("up", "linear<8, 16>", {b + "ln2"});
    add("act", "gelu", {b + "up"});
    add("down", "linear<16, 8>", {b + "act"});
    add("out", "dyadic::add", {b + "mid", b + "down"});
  }
  return n;
}

// A program that does with a network what users do.
std::string source(const network& n, const std::string& rules) {
  return "#include <dyadic/dyadic.hpp>\n#include <iostream>\nusing namespace dyadic;\nstruct net final : graph<\n" + n.nodes +
         "> {};\nstruct quantized final : config<" + rules +
         "> {};\nvoid use(const weights<net>& w, ConstView x) {\n"
         "  const auto model = quantize<quantized>(net{}, w);\n"
         "  std::cout << model(x) << summary(model) << compare(model, bind(net{}, w), x);\n}\n";
}
const char* const two_schemes = "by_default<none>, by_op<op::linear, data_in<Fixed<8, 4>>, weight<BlockFP<6, 8>>>, by_op<op::matmul, Fixed<8, 4>>";

// Layers of the same sizes and one scheme, or each with a size and a scheme of its own.
std::string pairs(int layers, bool all_different) {
  network n;
  n.add("x", "input<dyn, 8>", {});
  std::string rules = "by_default<none>";
  for (int i = 0; i < layers; ++i) {
    const std::string name = "fc" + std::to_string(i), in = std::to_string(all_different ? 8 + i : 8), out = std::to_string(all_different ? 9 + i : 8);
    n.add(name, "linear<" + in + ", " + out + ">", {n.last});
    const int k = all_different ? i : 0;
    const std::string bits = std::to_string(4 + k / 4);
    const std::string scheme = k % 4 == 0   ? "Fixed<" + bits + ", 2>"
                               : k % 4 == 1 ? "BlockFP<" + bits + ", 8>"
                               : k % 4 == 2 ? "Minifloat<3, " + std::to_string(1 + k / 4) + ", 3>"
                                            : "LogQ<" + bits + ">";
    rules += ", by_name<\"" + name + "\", " + scheme + ">";
  }
  return source(n, rules);
}

// --- Running compilers ------------------------------------------------------------------------------------------------------

struct cost {
  double seconds = 0, megabytes = 0, object_kilobytes = 0;
  long long instantiations = 0;  // 0: not counted
};

class bench {
 public:
  bench(std::filesystem::path work, std::vector<std::string> flags) : work_(std::move(work)), flags_(std::move(flags)) {
    std::filesystem::create_directories(work_);
  }

  struct program {
    std::string name, text;
  };
  // The least time of some runs: what else the machine does only ever adds. Programs that are compared are compiled in turn, so that
  // what slows the machine for a while slows all of them.
  std::vector<cost> compile(const std::string& compiler, const std::vector<program>& programs, int runs) {
    std::vector<cost> least(programs.size());
    for (int i = 0; i < runs; ++i)
      for (std::size_t k = 0; k < programs.size(); ++k) {
        const std::string file = (work_ / (programs[k].name + ".cpp")).string(), object = (work_ / (programs[k].name + ".o")).string();
        if (i == 0) std::ofstream(file) << programs[k].text;
        cost c = run(compiler, {"-O2", "-c", file, "-o", object});
        c.object_kilobytes = static_cast<double>(std::filesystem::file_size(object)) / 1000;
        if (i == 0 || c.seconds < least[k].seconds) least[k] = c;
      }
    return least;
  }

  // Classes and functions from Clang's trace, variables from its statistics.
  long long instantiations(const std::string& compiler, const std::string& name, const std::string& text) {
    const std::string file = (work_ / (name + ".cpp")).string(), stem = (work_ / (name + "_count")).string();
    std::ofstream(file) << text;
    run(compiler, {"-O0", "-ftime-trace", "-ftime-trace-granularity=0", "-Xclang", "-print-stats", "-c", file, "-o", stem + ".o"});
    long long count = 0;
    std::ifstream trace(stem + ".json");
    for (std::string event; std::getline(trace, event, '}');)
      if (event.find("\"name\":\"InstantiateClass\"") != std::string::npos || event.find("\"name\":\"InstantiateFunction\"") != std::string::npos) ++count;
    std::istringstream statistics(said_);
    for (std::string line; std::getline(statistics, line);)
      if (line.find(" VarTemplateSpecialization decls") != std::string::npos) count += std::stoll(line);
    std::filesystem::remove(stem + ".json");
    return count;
  }

 private:
  cost run(const std::string& compiler, const std::vector<std::string>& more) {
    std::vector<std::string> words{compiler};
    words.insert(words.end(), flags_.begin(), flags_.end());
    words.insert(words.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    const std::string log = (work_ / "messages.txt").string();
    std::cout.flush();
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process can be started.");
    if (child == 0) {
      const int to = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      dup2(to, 1);
      dup2(to, 2);
      execvp(argv[0], argv.data());
      std::perror(argv[0]);
      _exit(127);
    }
    int status = 0;
    rusage used{};
    if (wait4(child, &status, 0, &used) < 0) throw std::runtime_error("a compiler was lost.");
    std::ifstream in(log);
    said_.assign(std::istreambuf_iterator<char>(in), {});
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      std::string command;
      for (const std::string& w : words) command += w + " ";
      throw std::runtime_error(command + "\n" + said_.substr(0, 4000));
    }
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    return {seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1000, 0, 0};
  }

  std::filesystem::path work_;
  std::vector<std::string> flags_;
  std::string said_;
};

bool is_clang(const std::string& compiler) { return std::filesystem::path(compiler).filename().string().find("clang") != std::string::npos; }

// --- The report -------------------------------------------------------------------------------------------------------------

class verdicts {
 public:
  void add(const std::string& what, double value, double limit, const char* unit = "") {
    char text[200];
    std::snprintf(text, sizeof text, "%-58s %8.3f%s  (at most %g%s)  %s\n", what.c_str(), value, unit, limit, unit, value <= limit ? "met" : "not met");
    text_ += text;
    all_met_ = all_met_ && value <= limit;
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool all_met() const { return all_met_; }

 private:
  std::string text_;
  bool all_met_ = true;
};

void measure(bench& b, const std::string& compiler, bool quick, verdicts& found) {
  const int runs = quick ? 1 : 2;
  const auto includes = b.compile(
      compiler, {{"include_eigen", "#include <unsupported/Eigen/CXX11/Tensor>\n"}, {"include_dyadic", "#include <dyadic/dyadic.hpp>\n"}}, quick ? 3 : 13);
  const cost &eigen = includes[0], &all = includes[1];
  std::printf("\n%s -O2: including Eigen's Tensor %.2f s, dyadic.hpp %.2f s\n", compiler.c_str(), eigen.seconds, all.seconds);
  found.add(compiler + ": including dyadic.hpp / including Eigen's Tensor", all.seconds / eigen.seconds, most_include_ratio);

  // The exponent of all the time, and of the time that the network adds to the include.
  std::printf("%-5s %5s %8s %8s %10s %9s %10s %14s\n", "", "N", "seconds", "MB", "object kB", "exponent", "of network", "instantiations");
  for (const auto& [name, make] : {std::pair{"MLP", &mlp}, std::pair{"ViT", &vit}}) {
    cost before, at_32, last;
    double worst = 0, s_64 = 0;
    for (int size = 8; size <= (quick ? 64 : 256); size *= 2) {
      const std::string file = name + std::to_string(size), text = source(make(size), two_schemes);
      cost c = b.compile(compiler, {{file, text}}, runs)[0];
      if (is_clang(compiler)) c.instantiations = b.instantiations(compiler, file, text);
      std::printf("%-5s %5d %8.2f %8.0f %10.0f", name, size, c.seconds, c.megabytes, c.object_kilobytes);
      if (size == 8) std::printf(" %9s %10s", "", "");
      else std::printf(" %9.2f %10.2f", std::log2(c.seconds / before.seconds), std::log2((c.seconds - all.seconds) / (before.seconds - all.seconds)));
      if (c.instantiations != 0) std::printf(" %14lld", c.instantiations);
      std::printf("\n");
      std::fflush(stdout);
      if (size > 32) worst = std::max(worst, std::log2(c.seconds / before.seconds));
      if (size == 32) at_32 = c;
      if (size == 64) s_64 = c.seconds;
      before = last = c;
    }
    const std::string who = compiler + ": " + name + ", ";
    found.add(who + "largest exponent from N = 32 on", worst, most_exponent);
    if (!quick) {
      found.add(who + "a node that repeats a pair", (last.seconds - s_64) / 192, most_seconds_of_old_pair, " s");
      if (last.instantiations != 0) found.add(who + "instantiations of such a node", static_cast<double>(last.instantiations - at_32.instantiations) / 224, most_instantiations);
    }
  }
  const int layers = 16;
  const auto nodes = b.compile(compiler, {{"pairs_same", pairs(layers, false)}, {"pairs_different", pairs(layers, true)}}, quick ? 1 : 5);
  found.add(compiler + ": a node with a new (operator, scheme)", (nodes[1].seconds - nodes[0].seconds) / (layers - 1), most_seconds_of_new_pair, " s");
}

bool gate(bench& b, const std::string& compiler) {
  verdicts found;
  for (const auto& [name, make] : {std::pair{"MLP", &mlp}, std::pair{"ViT", &vit}}) {
    const auto count = [&, network = name, nodes = make](int size) {  // Clang 14 does not capture the bindings themselves
      return b.instantiations(compiler, network + std::to_string(size), source(nodes(size), two_schemes));
    };
    const long long few = count(64), many = count(256);
    if (few == 0 || many <= few) throw std::runtime_error(compiler + " counted no instantiations.");
    found.add(compiler + ": " + name + ", instantiations of a node more", static_cast<double>(many - few) / 192, most_instantiations);
  }
  std::cout << found.text();
  return found.all_met();
}

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::string> compilers, flags;
  std::string work;
  bool only_gate = false, quick = false, in_flags = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (in_flags) flags.push_back(word);
    else if (word == "--") in_flags = true;
    else if (word == "--gate") only_gate = true;
    else if (word == "--quick") quick = true;
    else if (work.empty()) work = word;
    else compilers.push_back(word);
  }
  if (work.empty() || compilers.empty()) {
    std::cerr << "usage: compile_growth WORK_FOLDER [--gate] [--quick] COMPILER... -- FLAG...\n";
    return 2;
  }
  bench b(work, flags);
  if (only_gate) return gate(b, compilers[0]) ? EXIT_SUCCESS : EXIT_FAILURE;
  verdicts found;
  std::cout << "Time is processor time, the least of some runs; MB is peak memory. \"exponent\" is log2(t(2N) / t(N)); \"of network\": the same\n"
               "without the time of the include.\n";
  for (const std::string& c : compilers) measure(b, c, quick, found);
  std::cout << '\n' << found.text();
  return EXIT_SUCCESS;
} catch (const std::exception& e) {
  std::cerr << "compile_growth: " << e.what() << '\n';
  return EXIT_FAILURE;
}
