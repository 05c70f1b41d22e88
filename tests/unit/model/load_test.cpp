// SPDX-License-Identifier: BSL-1.0
// What `load` makes of sources that do not fit the graph: every tensor that is missing, left over or wrong is named, with the name
// that was meant; and what a caller may allow.
#include <dyadic/dyadic.hpp>
#include <dyadic/io/safetensors.hpp>
#include <dyadic/io/safetensors_writer.hpp>

#include "support/message_of.hpp"

#include <gtest/gtest.h>

namespace {
using namespace dyadic;

struct net final : graph<node<"x", input<dyn, 4>>, node<"fc1", linear<4, 3>, "x">, node<"fc2", linear<3, 2, false>, "fc1">> {};
/// A language model in small: the head shares its weight with the embedding.
struct lm final : graph<node<"x", input<dyn>>, node<"embed", embedding<5, 4>, "x">, node<"head", linear<4, 5, false>, "embed">> {};

std::vector<float> count_from(float first, std::size_t n) {
  std::vector<float> v(n);
  for (float& x : v) x = first++;
  return v;
}

/// The tensors of `net`, but for some that are left out.
safetensors::Writer net_file(const std::string& prefix, const std::vector<std::string>& without = {}) {
  safetensors::Writer out;
  const auto add = [&](const std::string& name, const Extents& shape, float first) {
    if (std::find(without.begin(), without.end(), name) == without.end())
      out.add(prefix + name, count_from(first, static_cast<std::size_t>(shape.size())), shape);
  };
  add("fc1.weight", {3, 4}, 1);
  add("fc1.bias", {3}, 20);
  add("fc2.weight", {2, 3}, 30);
  return out;
}
safetensors::File file_of(const safetensors::Writer& out) { return safetensors::parse(out.bytes(), "net.safetensors"); }

template <class G = net, class... Options>
std::string fault(const safetensors::File& file, const Options&... options) {
  return message_of([&] { static_cast<void>(load<G>(file, options...)); });
}
void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST(Load, TakesATensorForEveryParameter) {
  const auto w = load<net>(file_of(net_file("")));
  EXPECT_EQ(w.get("fc1.bias").data[2], 22.0F);
  EXPECT_EQ(load<net>(file_of(net_file("a/b/")), "a/b").get("fc2.weight").data[5], 35.0F);
}

TEST(Load, ATensorThatNothingReadsIsAnError) {
  auto out = net_file("net/");
  out.add("net/fc2.bias", std::vector<float>{1, 2}, {2});
  EXPECT_EQ(fault(file_of(out), "net"),
            "dyadic: net.safetensors: tensor 'net/fc2.bias' belongs to no parameter of the graph; the nearest there is \"fc1.bias\". "
            "What is meant to stay unread is named so: allow_unused(\"fc2.bias\"), or allow_unused for all. These are arguments of load, "
            "after the prefix.");
  EXPECT_EQ(load<net>(file_of(out), "net", allow_unused).get("fc1.bias").data[0], 20.0F);
  EXPECT_EQ(fault(file_of(out), "net", allow_unused("fc2.bias")), "");
  EXPECT_EQ(fault(file_of(out), "net", allow_unused("logits", "fc?.b*")), "");
  expect_parts(fault(file_of(out), "net", allow_unused("fc2", "bias", "net/fc2.bias")), {"'net/fc2.bias' belongs to no parameter"});
}

TEST(Load, WhatLiesUnderOtherPrefixesIsOfNoConcern) {
  auto out = net_file("net/");
  out.add("test/images", std::vector<float>{1}, {1})
      .add("net2/fc1.bias", std::vector<float>{1}, {1})
      .add("net", std::vector<float>{1}, {1});
  EXPECT_EQ(fault(file_of(out), "net"), "");
}

TEST(Load, APrefixMayEndInASlash) { EXPECT_EQ(fault(file_of(net_file("net/")), "net/"), ""); }

TEST(Load, TheRightPrefixIsNamed) {
  expect_parts(fault(file_of(net_file("m/"))), {"'fc1.weight' of shape [3, 4] is missing", "All of them are there under the prefix \"m\""});
  expect_parts(fault(file_of(net_file("a/m/")), "m"), {"'m/fc1.weight'", "under the prefix \"a/m\""});
  expect_parts(fault(file_of(net_file("")), "net"), {"under no prefix"});
  expect_parts(fault(file_of(net_file("m/", {"fc2.weight"}))), {"'fc2.weight' of shape", "is missing"});
}

TEST(Load, APackedFileIsToldApart) {
  auto out = net_file("", {"fc2.weight"});
  out.add("fc2.weight.codes", std::vector<float>{1}, {1});
  expect_parts(fault(file_of(out)), {"'fc2.weight.codes' is a part of a packed tensor", "load_packed"});
}

TEST(Load, ATiedParameterWithATensorOfItsOwn) {
  safetensors::Writer out;
  out.add("embed.weight", count_from(0, 20), {5, 4}).add("head.weight", count_from(0, 20), {5, 4});
  const auto file = file_of(out);
  expect_parts(fault<lm>(file, tied{"head.weight", "embed.weight"}),
               {"'head.weight' belongs to no parameter: tied{\"head.weight\", \"embed.weight\"} lets the one of that name take \"embed.weight\"",
                "allow_unused(\"head.weight\")"});
  expect_parts(fault<lm>(file, tied{"embed.weight", "head.weight"}),
               {"'embed.weight' belongs to no parameter: tied{\"embed.weight\", \"head.weight\"}"});
  EXPECT_EQ(fault<lm>(file, tied{"head.weight", "embed.weight"}, allow_unused("head.weight")), "");
}

TEST(Load, WithoutAPrefixAllOfTheFileCounts) {
  auto out = net_file("");
  out.add("test/logits_of_first_64", std::vector<float>{1}, {1});
  expect_parts(fault(file_of(out)), {"'test/logits_of_first_64' belongs to no parameter"});
  expect_parts(fault(file_of(out), ""), {"'test/logits_of_first_64' belongs to no parameter"});
  EXPECT_EQ(fault(file_of(out), "", allow_unused("test/*")), "");
  EXPECT_EQ(fault(file_of(out), allow_unused("test/*")), "") << "the prefix may be left out";
  EXPECT_EQ(fault(file_of(out), allow_unused), "");
}

TEST(Load, AMissingTensorIsNamedWithTheNearest) {
  EXPECT_EQ(fault(file_of(net_file("net/", {"fc1.bias"})), "net"),
            "dyadic: net.safetensors: tensor 'net/fc1.bias' of shape [3] is missing; the nearest there is 'net/fc1.weight'. "
            "A parameter that shares another's tensor is named so: tied{\"head.weight\", \"embed.weight\"}.");
  expect_parts(fault(file_of(net_file("nets/")), "net"),
               {"'net/fc1.weight'", "'nets/fc1.weight'", "'net/fc2.weight'", "'nets/fc2.weight'"});
  EXPECT_EQ(fault(safetensors::parse(safetensors::Writer{}.bytes(), "f")).find("nearest"), std::string::npos) << "there is none";
}

TEST(Load, AMisspeltTensorIsBothMissingAndLeftOver) {
  auto out = net_file("net/", {"fc2.weight"});
  out.add("net/fc2.wieght", std::vector<float>(6), {2, 3});
  const std::string text = fault(file_of(out), "net");
  EXPECT_EQ(
      text,
      "dyadic: net.safetensors: not the tensors of the graph under 'net/':\n"
      "  tensor 'net/fc2.weight' of shape [2, 3] is missing; the nearest there is 'net/fc2.wieght'.\n"
      "  tensor 'net/fc2.wieght' belongs to no parameter of the graph; the nearest there is \"fc2.weight\".\n"
      "A parameter that shares another's tensor is named so: tied{\"head.weight\", \"embed.weight\"}. What is meant to stay unread is "
      "named so: allow_unused(\"fc2.wieght\"), or allow_unused for all. These are arguments of load, after the prefix.");
  expect_parts(fault(file_of(out), "net", allow_unused), {"'net/fc2.weight' of shape [2, 3] is missing"});
  EXPECT_EQ(fault(file_of(out), "net", tied{"fc2.weight", "fc2.wieght"}), "");
}

TEST(Load, AllFaultsAreInOneMessage) {
  safetensors::Writer out;
  out.add("fc1.weight", std::vector<float>(12), {4, 3}).add("fc2.weight", std::vector<float>(6), {6});
  out.add("fc1.offset", std::vector<float>(3), {3}).add("scale", std::vector<float>(1), {1});
  expect_parts(fault(file_of(out)),
               {"net.safetensors: not the tensors of the graph:", "'fc1.bias' of shape [3] is missing",
                "\n  tensor 'fc1.weight' has shape [4, 3], but [3, 4] is expected.",
                "\n  tensor 'fc2.weight' has shape [6], but [2, 3] is expected.", "'fc1.offset' belongs", "'scale' belongs"});
}

TEST(Load, OneOfAnotherShapeSaysWhatTheFileSays) {
  auto out = net_file("", {"fc1.bias"});
  out.add("fc1.bias", std::vector<float>(4), {4});
  EXPECT_EQ(fault(file_of(out)), "dyadic: net.safetensors: tensor 'fc1.bias' has shape [4], but [3] is expected.");
}

TEST(Load, ListsStayShort) {
  auto out = net_file("");
  for (int i = 0; i < 300; ++i) out.add("more" + std::to_string(i), std::vector<float>(1), {1});
  const std::string text = fault(file_of(out));
  expect_parts(text, {"'more0'", "'more31'", "… and 268 more such tensors."});
  EXPECT_EQ(text.find("'more32'"), std::string::npos);
  EXPECT_LT(text.size(), 4000U);
}

TEST(Load, NamesFromStrangersStayShortAndPrintable) {
  auto out = net_file("");
  out.add("\x1b[31m" + std::string(10'000, 'x'), std::vector<float>(1), {1});
  const std::string text = fault(file_of(out));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 700U) << text;
}

TEST(Load, TiedParametersShareATensor) {
  safetensors::Writer out;
  out.add("m/embed.weight", count_from(1, 20), {5, 4});
  const auto file = file_of(out);
  expect_parts(fault<lm>(file, "m"), {"'m/head.weight' of shape [5, 4] is missing", "tied{"});
  const auto w = load<lm>(file, "m", tied{"head.weight", "embed.weight"});
  EXPECT_EQ(w.get("head.weight").data[19], 20.0F);
  EXPECT_EQ(w.get("embed.weight").data[19], 20.0F);
  // By hand it is a copy of what is there.
  weights<lm> hand;
  hand.set("embed.weight", w.get("embed.weight"));
  hand.set("head.weight", hand.get("embed.weight"));
  EXPECT_EQ(hand.get("head.weight").data[7], 8.0F);
}

TEST(Load, WrongTiesAreRefused) {
  safetensors::Writer out;
  out.add("embed.weight", count_from(1, 20), {5, 4});
  const auto file = file_of(out);
  EXPECT_EQ(fault<lm>(file, "", tied{"haed.weight", "embed.weight"}),
            "dyadic: load: tied{\"haed.weight\", \"embed.weight\"}: the graph has no such parameter; the nearest is \"head.weight\".");
  expect_parts(fault<lm>(file, "", tied{"head.weight", "embed.wight"}),
               {"'embed.wight' of shape [5, 4], for parameter \"head.weight\", is missing; the nearest there is 'embed.weight'"});
  EXPECT_EQ(
      fault<lm>(file, "", tied{"head.weight", "embed.weight"}, tied{"head.weight", "other"}),
      "dyadic: load: tied{\"head.weight\", \"other\"}: the graph gets that parameter from \"embed.weight\" already; give it one tensor.");
  // Its own tensor is there as well: which of the two is meant?
  out.add("head.weight", count_from(1, 20), {5, 4});
  expect_parts(fault<lm>(file_of(out), "", tied{"head.weight", "embed.weight"}), {"'head.weight' belongs to no parameter"});
  EXPECT_EQ(fault<lm>(file_of(out), "", tied{"head.weight", "embed.weight"}, allow_unused("head.weight")), "");
}

TEST(Load, WhatCannotBeAFloatIsAmongTheFaults) {
  auto out = net_file("", {"fc1.bias"});
  out.add("fc1.bias", safetensors::DType::C64, std::vector<std::byte>(24), {3});
  expect_parts(fault(file_of(out)), {"dyadic: net.safetensors: tensor 'fc1.bias' has dtype C64"});
}

/// A source of one's own that cannot list what it has: it is asked for each tensor, and its own words are kept.
struct stream {
  std::string lacks;
  [[nodiscard]] bool contains(std::string_view name) const { return name != lacks; }
  void read_into(std::string_view name, const Extents&, std::span<float> out) const {
    if (name == lacks) throw error("stream: no " + std::string(name));
    std::fill(out.begin(), out.end(), 1.0F);
  }
};
/// And one that can, with its own kind of strings.
struct table : stream {
  static constexpr std::array<std::string_view, 4> all{"fc1.weight", "fc1.bias", "fc2.weight", "extra"};
  [[nodiscard]] static std::span<const std::string_view> names() { return all; }
};

TEST(Load, SourcesOfOnesOwn) {
  EXPECT_EQ(load<net>(stream{}).get("fc2.weight").data[0], 1.0F);
  EXPECT_EQ(message_of([] { static_cast<void>(load<net>(stream{"fc1.bias"})); }), "dyadic: stream: no fc1.bias");
  expect_parts(message_of([] { static_cast<void>(load<net>(table{})); }), {"dyadic: load: tensor 'extra' belongs to no parameter"});
  EXPECT_EQ(load<net>(table{}, allow_unused("extra")).get("fc2.weight").data[0], 1.0F);
}

TEST(Weights, AnUnknownNameIsAnsweredWithAFewThatExist) {
  weights<lm> w;
  EXPECT_EQ(message_of([&] { static_cast<void>(w.get("head.bias")); }),
            "dyadic: the graph has no parameter \"head.bias\"; it has embed.weight, head.weight.");
}

}  // namespace
