# SPDX-License-Identifier: BSL-1.0
# 'cmake --install': headers, a CMake package for find_package(dyadic 0.1 CONFIG).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/dyadic)  # share, not lib: nothing here depends on the processor
install(TARGETS dyadic EXPORT dyadicTargets FILE_SET HEADERS)
install(EXPORT dyadicTargets NAMESPACE dyadic:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/dyadicConfig.cmake.in ${PROJECT_BINARY_DIR}/dyadicConfig.cmake
  INSTALL_DESTINATION ${package_dir})
# Before 1.0 a new minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/dyadicConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/dyadicConfig.cmake ${PROJECT_BINARY_DIR}/dyadicConfigVersion.cmake DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# For pkg-config, which finds the prefix from where the file lies. Boost has no .pc file: outside the compiler's own directories its
# place must be given beside this.
set(pc_dir ${CMAKE_INSTALL_DATADIR}/pkgconfig)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX}/${pc_dir} OUTPUT_VARIABLE DYADIC_PC_UP)
configure_file(${CMAKE_CURRENT_LIST_DIR}/dyadic.pc.in ${PROJECT_BINARY_DIR}/dyadic.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/dyadic.pc DESTINATION ${pc_dir})
