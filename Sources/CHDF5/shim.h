// The part of HDF5 that Apus uses, as Swift can import it.
//
// HDF5's constants for properties, modes and the default error stack are macros with casts or calls in them,
// which Swift cannot import: these wrappers use them here.
#pragma once
#if !__has_include(<hdf5.h>)
#error "Apus needs the headers of HDF5: run scripts/setup, or install libhdf5-dev and pkg-config (Debian's names)"
#endif
#include <hdf5.h>

/// H5Fopen, for reading and writing or for reading only.
static inline hid_t apus_H5Fopen(const char *path, int writable, hid_t access) {
  return H5Fopen(path, writable ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
}

/// An H5P_FILE_ACCESS property list that uses no file locks.
static inline hid_t apus_H5Pcreate_file_access_without_locks(void) {
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access >= 0 && H5Pset_file_locking(access, 0, 1) < 0) {
    H5Pclose(access);
    return -1;
  }
  return access;
}

/// H5Fflush of the whole file.
static inline herr_t apus_H5Fflush(hid_t file) { return H5Fflush(file, H5F_SCOPE_GLOBAL); }

/// H5Dopen2 with default properties.
static inline hid_t apus_H5Dopen(hid_t file, const char *name) { return H5Dopen2(file, name, H5P_DEFAULT); }

/// H5Dwrite_chunk with all of the dataset's filters applied.
static inline herr_t apus_H5Dwrite_chunk(hid_t dataset, const hsize_t *offset, size_t size, const void *bytes) {
  return H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, offset, size, bytes);
}

/// H5Dread_chunk with default properties.
static inline herr_t apus_H5Dread_chunk(hid_t dataset, const hsize_t *offset, uint32_t *filters, void *bytes) {
  return H5Dread_chunk(dataset, H5P_DEFAULT, offset, filters, bytes);
}

/// H5Dget_num_chunks of the whole dataset (HDF5 1.10 does not take H5S_ALL there).
static inline herr_t apus_H5Dget_num_chunks(hid_t dataset, hsize_t *count) {
  hid_t space = H5Dget_space(dataset);
  if (space < 0) return -1;
  herr_t status = H5Dget_num_chunks(dataset, space, count);
  return H5Sclose(space) < 0 ? -1 : status;
}

/// H5Eset_auto2 of the default error stack.
static inline herr_t apus_H5Eset_auto(H5E_auto2_t handler, void *data) {
  return H5Eset_auto2(H5E_DEFAULT, handler, data);
}

/// The filters of a dataset, in the order in which they are applied; negative when they cannot be told.
static inline int apus_H5Dget_filters(hid_t dataset, H5Z_filter_t *filters, int room) {
  hid_t properties = H5Dget_create_plist(dataset);
  if (properties < 0) return -1;
  int count = H5Pget_nfilters(properties);
  for (int index = 0; index < count && index < room; index++) {
    unsigned flags = 0, configuration = 0;
    size_t values = 0;
    filters[index] = H5Pget_filter2(properties, (unsigned)index, &flags, &values, NULL, 0, NULL, &configuration);
  }
  return H5Pclose(properties) < 0 ? -1 : count;
}

/// Where the bytes of a dataset that is stored in one piece begin; HADDR_UNDEF where there are none.
static inline haddr_t apus_H5Dget_offset(hid_t dataset) { return H5Dget_offset(dataset); }

/// The lengths of a dataset's dimensions; their number, negative when they cannot be told.
static inline int apus_H5Dget_shape(hid_t dataset, hsize_t *lengths, int room) {
  hid_t space = H5Dget_space(dataset);
  if (space < 0) return -1;
  int rank = H5Sget_simple_extent_ndims(space);
  if (rank > room || (rank > 0 && H5Sget_simple_extent_dims(space, lengths, NULL) < 0)) rank = -1;
  return H5Sclose(space) < 0 ? -1 : rank;
}
