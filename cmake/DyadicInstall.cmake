# SPDX-License-Identifier: BSL-1.0
# 'cmake --install': headers, a CMake package for find_package(dyadic 0.1 CONFIG).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS dyadic EXPORT dyadicTargets FILE_SET HEADERS)
install(EXPORT dyadicTargets NAMESPACE dyadic:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dyadic)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/dyadicConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/dyadicConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dyadic)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/dyadicConfigVersion.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/dyadicConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/dyadicConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/dyadic)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
