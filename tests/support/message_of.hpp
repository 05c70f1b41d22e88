// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file message_of.hpp
/// What an action complains of.
#include <dyadic/base/diagnose.hpp>

#include <string>

/// The text of the `dyadic::error` that the action throws; empty if it throws none, so that no expected text is found in it.
template <class F>
std::string message_of(const F& action) {
  try {
    action();
  } catch (const dyadic::error& e) {
    return e.what();
  }
  return {};
}
