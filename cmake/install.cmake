# SPDX-License-Identifier: BSL-1.0
# `cmake --install` and find_package(dyadic 0.1 CONFIG).
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/dyadic)

install(TARGETS dyadic EXPORT dyadicTargets FILE_SET HEADERS)
install(EXPORT dyadicTargets NAMESPACE dyadic:: DESTINATION ${package_dir})
configure_package_config_file(cmake/dyadicConfig.cmake.in ${PROJECT_BINARY_DIR}/dyadicConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dyadicConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/dyadicConfig.cmake ${PROJECT_BINARY_DIR}/dyadicConfigVersion.cmake DESTINATION ${package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/dyadic)
