// SPDX-License-Identifier: BSL-1.0
#pragma once
/// @file file_error.hpp
/// Why the system refused a file, in words that are the same in every locale: `std::error_code::message` translates.
#include <dyadic/base/bits.hpp>

#include <cerrno>
#include <string>
#include <system_error>

namespace dyadic {
inline namespace DYADIC_ISA {
namespace safetensors::detail {

inline std::string reason_of(const std::error_code& code) {
  struct Reason {
    std::errc code;
    const char* words;
  };
  static constexpr Reason reasons[] = {{std::errc::no_such_file_or_directory, "no such file or directory"},
                                       {std::errc::permission_denied, "permission denied"},
                                       {std::errc::operation_not_permitted, "operation not permitted"},
                                       {std::errc::is_a_directory, "it is a directory"},
                                       {std::errc::not_a_directory, "a part of the path is not a directory"},
                                       {std::errc::file_exists, "there is a file of that name already"},
                                       {std::errc::directory_not_empty, "it is a directory that is not empty"},
                                       {std::errc::no_space_on_device, "no space left on the device"},
                                       {std::errc::file_too_large, "the file is too large"},
                                       {std::errc::read_only_file_system, "the file system is read-only"},
                                       {std::errc::filename_too_long, "the name is too long"},
                                       {std::errc::too_many_symbolic_link_levels, "too many symbolic links"},
                                       {std::errc::too_many_files_open, "too many open files"},
                                       {std::errc::too_many_files_open_in_system, "too many open files in the system"},
                                       {std::errc::device_or_resource_busy, "the device is busy"},
                                       {std::errc::cross_device_link, "it lies on another device"},
                                       {std::errc::not_enough_memory, "not enough memory"},
                                       {std::errc::interrupted, "interrupted"},
                                       {std::errc::io_error, "input or output failed"}};
  for (const Reason& r : reasons)
    if (code == r.code) return r.words;
  return "error " + std::to_string(code.value()) + " of the system";
}
/// Of the last call of the C library that failed.
inline std::string reason_of_errno() { return reason_of({errno, std::generic_category()}); }

}  // namespace safetensors::detail
}  // namespace DYADIC_ISA
}  // namespace dyadic
