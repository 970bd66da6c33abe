# Finds what Nacre stands on and wraps it into imported targets with complete usage requirements:
#
#   nacre_deps::kokkos   Kokkos
#   nacre_deps::mpi      MPI (if NACRE_ENABLE_MPI)
#   nacre_deps::blas     BLAS (if NACRE_ENABLE_BLAS)
#   nacre_deps::klu      KLU of SuiteSparse (if NACRE_ENABLE_KLU)
#   nacre_deps::qhull    Qhull (if NACRE_ENABLE_QHULL)
#   nacre_deps::hdf5     HDF5's serial C library (if NACRE_ENABLE_HDF5)
#   nacre_deps::trilinos Tpetra, Belos, Amesos2, Ifpack2, MueLu (if NACRE_ENABLE_TRILINOS)
#
# Used by Nacre's own build and, installed, by NacreConfig.cmake. Why the wrapping: Trilinos 13.2 exports plain
# library names without include directories, and its Kokkos::kokkos names a directory that does not exist.

# nacre_wrap_package(<target> <package>...): what the packages offer, whichever way they offer it.
function(nacre_wrap_package target)
  if(NOT TARGET ${target})
    add_library(${target} INTERFACE IMPORTED GLOBAL)
  endif()
  foreach(package IN LISTS ARGN)
    if(TARGET ${package}::all_libs)  # Trilinos from 13.4 on
      target_link_libraries(${target} INTERFACE ${package}::all_libs)
    elseif(package STREQUAL KokkosKernels AND TARGET Kokkos::kokkoskernels)  # by itself
      target_link_libraries(${target} INTERFACE Kokkos::kokkoskernels)
    elseif(DEFINED ${package}_LIBRARIES)  # Trilinos up to 13.2
      target_include_directories(${target} SYSTEM INTERFACE ${${package}_INCLUDE_DIRS})
      target_link_libraries(${target} INTERFACE ${${package}_LIBRARIES})
    else()
      message(FATAL_ERROR "Nacre: package ${package} was found but offers neither ${package}::all_libs nor ${package}_LIBRARIES")
    endif()
  endforeach()
endfunction()

if(NACRE_ENABLE_MPI)
  find_package(MPI REQUIRED COMPONENTS CXX)
  if(NOT TARGET nacre_deps::mpi)
    add_library(nacre_deps::mpi INTERFACE IMPORTED GLOBAL)
    target_link_libraries(nacre_deps::mpi INTERFACE MPI::MPI_CXX)
    # OpenMPI's C++ bindings are long deprecated and drown us in warnings
    target_compile_definitions(nacre_deps::mpi INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  endif()
endif()

if(NACRE_ENABLE_TRILINOS)
  set(nacre_trilinos_packages Teuchos Kokkos KokkosKernels Tpetra Belos Amesos2 Ifpack2 MueLu)
  find_package(Trilinos REQUIRED COMPONENTS ${nacre_trilinos_packages})
  nacre_wrap_package(nacre_deps::kokkos Kokkos)
  nacre_wrap_package(nacre_deps::trilinos MueLu Ifpack2 Amesos2 Belos Tpetra Teuchos)
  target_link_libraries(nacre_deps::trilinos INTERFACE nacre_deps::kokkos nacre_deps::mpi)
  set(NACRE_KOKKOS_CXX_STANDARD "${Kokkos_CXX_STANDARD}")
else()
  find_package(Kokkos REQUIRED CONFIG)
  if(NOT TARGET nacre_deps::kokkos)
    add_library(nacre_deps::kokkos INTERFACE IMPORTED GLOBAL)
    if(TARGET Kokkos::kokkos)
      target_link_libraries(nacre_deps::kokkos INTERFACE Kokkos::kokkos)
    else()
      nacre_wrap_package(nacre_deps::kokkos Kokkos)
    endif()
  endif()
  set(NACRE_KOKKOS_CXX_STANDARD "${Kokkos_CXX_STANDARD}")
endif()

# KLU and what it stands on; none of it is under the GPL. Where nobody has decided yet, NACRE_KLU_FOUND says whether
# there is all of it.
if(NOT DEFINED NACRE_ENABLE_KLU OR NACRE_ENABLE_KLU)
  find_path(NACRE_KLU_INCLUDE_DIR klu.h PATH_SUFFIXES suitesparse)
  set(nacre_klu_libraries)
  foreach(library klu amd colamd btf suitesparseconfig)
    find_library(NACRE_${library}_LIBRARY ${library})
    list(APPEND nacre_klu_libraries ${NACRE_${library}_LIBRARY})
    mark_as_advanced(NACRE_${library}_LIBRARY)
  endforeach()
  mark_as_advanced(NACRE_KLU_INCLUDE_DIR)
  set(NACRE_KLU_FOUND ON)
  foreach(found IN LISTS NACRE_KLU_INCLUDE_DIR nacre_klu_libraries)
    if(NOT found)
      set(NACRE_KLU_FOUND OFF)
    endif()
  endforeach()
  if(NACRE_KLU_FOUND AND NOT TARGET nacre_deps::klu)
    add_library(nacre_deps::klu INTERFACE IMPORTED GLOBAL)
    target_include_directories(nacre_deps::klu SYSTEM INTERFACE ${NACRE_KLU_INCLUDE_DIR})
    target_link_libraries(nacre_deps::klu INTERFACE ${nacre_klu_libraries})
  elseif(NOT NACRE_KLU_FOUND AND NACRE_ENABLE_KLU)
    message(FATAL_ERROR "Nacre: NACRE_ENABLE_KLU is ON but KLU, AMD, COLAMD, BTF and suitesparseconfig of SuiteSparse "
                        "were not all found (Debian: libsuitesparse-dev); point CMAKE_PREFIX_PATH at them or turn it OFF")
  endif()
endif()

# Qhull's reentrant library, for triangulations. Where nobody has decided yet, NACRE_QHULL_FOUND says whether there is one.
if(NOT DEFINED NACRE_ENABLE_QHULL OR NACRE_ENABLE_QHULL)
  find_path(NACRE_QHULL_INCLUDE_DIR libqhull_r/libqhull_r.h)
  find_library(NACRE_QHULL_LIBRARY NAMES qhull_r qhullstatic_r)
  mark_as_advanced(NACRE_QHULL_INCLUDE_DIR NACRE_QHULL_LIBRARY)
  set(NACRE_QHULL_FOUND OFF)
  if(NACRE_QHULL_INCLUDE_DIR AND NACRE_QHULL_LIBRARY)
    set(NACRE_QHULL_FOUND ON)
  endif()
  if(NACRE_QHULL_FOUND AND NOT TARGET nacre_deps::qhull)
    add_library(nacre_deps::qhull INTERFACE IMPORTED GLOBAL)
    target_include_directories(nacre_deps::qhull SYSTEM INTERFACE ${NACRE_QHULL_INCLUDE_DIR})
    target_link_libraries(nacre_deps::qhull INTERFACE ${NACRE_QHULL_LIBRARY})
  elseif(NOT NACRE_QHULL_FOUND AND NACRE_ENABLE_QHULL)
    message(FATAL_ERROR "Nacre: NACRE_ENABLE_QHULL is ON but Qhull's reentrant library was not found (Debian: "
                        "libqhull-dev); point CMAKE_PREFIX_PATH at it or turn it OFF")
  endif()
endif()

# HDF5's serial C library, for data sets. Where nobody has decided yet, NACRE_HDF5_FOUND says whether there is one.
if(NOT DEFINED NACRE_ENABLE_HDF5 OR NACRE_ENABLE_HDF5)
  find_path(NACRE_HDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
  find_library(NACRE_HDF5_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
  mark_as_advanced(NACRE_HDF5_INCLUDE_DIR NACRE_HDF5_LIBRARY)
  set(NACRE_HDF5_FOUND OFF)
  if(NACRE_HDF5_INCLUDE_DIR AND NACRE_HDF5_LIBRARY)
    set(NACRE_HDF5_FOUND ON)
  endif()
  if(NACRE_HDF5_FOUND AND NOT TARGET nacre_deps::hdf5)
    add_library(nacre_deps::hdf5 INTERFACE IMPORTED GLOBAL)
    target_include_directories(nacre_deps::hdf5 SYSTEM INTERFACE ${NACRE_HDF5_INCLUDE_DIR})
    target_link_libraries(nacre_deps::hdf5 INTERFACE ${NACRE_HDF5_LIBRARY})
  elseif(NOT NACRE_HDF5_FOUND AND NACRE_ENABLE_HDF5)
    message(FATAL_ERROR "Nacre: NACRE_ENABLE_HDF5 is ON but HDF5's serial library was not found (Debian: "
                        "libhdf5-dev); point CMAKE_PREFIX_PATH at it or turn it OFF")
  endif()
endif()

# BLAS, for products of dense matrices. Where nobody has decided yet, NACRE_BLAS_FOUND says whether there is one.
if(NOT DEFINED NACRE_ENABLE_BLAS OR NACRE_ENABLE_BLAS)
  find_package(BLAS QUIET)
  set(NACRE_BLAS_FOUND ${BLAS_FOUND})
  if(NACRE_BLAS_FOUND AND NOT TARGET nacre_deps::blas)
    add_library(nacre_deps::blas INTERFACE IMPORTED GLOBAL)
    target_link_libraries(nacre_deps::blas INTERFACE ${BLAS_LIBRARIES} ${BLAS_LINKER_FLAGS})
  elseif(NOT NACRE_BLAS_FOUND AND NACRE_ENABLE_BLAS)
    message(FATAL_ERROR "Nacre: NACRE_ENABLE_BLAS is ON but no BLAS was found (Debian: libopenblas-dev); set BLA_VENDOR "
                        "or CMAKE_PREFIX_PATH, or turn it OFF")
  endif()
endif()

# Kokkos' libraries are linked by applications that may be position independent; so are we.
set(NACRE_CXX_STANDARD 17)
if(NACRE_KOKKOS_CXX_STANDARD AND NACRE_KOKKOS_CXX_STANDARD GREATER 17)
  set(NACRE_CXX_STANDARD ${NACRE_KOKKOS_CXX_STANDARD})
endif()
