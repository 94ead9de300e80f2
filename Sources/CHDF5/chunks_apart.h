// A file driver of HDF5 that finds room for chunks and leaves it to the caller to write them.
//
// HDF5 copies everything on one thread. Handed a stand-in for a chunk's bytes, this driver writes nothing but notes
// where the chunk belongs: the caller writes it there, on any thread. (HDF5 itself, asked for a chunk's place, looks
// at all of them.) All else goes through HDF5's own driver for files. Written against the public interface, as HDF5's
// "multi" driver is.
#pragma once
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

/// Where a chunk belongs in its file.
typedef struct apus_chunk_place {
  haddr_t address;
  size_t size;
} apus_chunk_place;

/// What the driver is told when a file is opened; both outlive the file.
typedef struct apus_chunks_apart {
  /// Memory that stands for the bytes of every chunk.
  const void *stand_in;
  /// Set whenever a write is left out.
  apus_chunk_place *left_out;
} apus_chunks_apart;

typedef struct apus_apart_file {
  H5FD_t base;
  H5FD_t *file;
  apus_chunks_apart told;
} apus_apart_file;

static H5FD_t *apus_apart_open(const char *name, unsigned flags, hid_t access, haddr_t limit) {
  const apus_chunks_apart *told = (const apus_chunks_apart *)H5Pget_driver_info(access);
  apus_apart_file *apart = told ? (apus_apart_file *)calloc(1, sizeof(apus_apart_file)) : NULL;
  if (!apart) return NULL;
  apart->told = *told;
  hid_t plain = H5Pcreate(H5P_FILE_ACCESS);
  if (plain >= 0 && H5Pset_fapl_sec2(plain) >= 0 && H5Pset_file_locking(plain, 0, 1) >= 0) {
    apart->file = H5FDopen(name, flags, plain, limit);
  }
  if (plain >= 0) H5Pclose(plain);
  if (apart->file) return &apart->base;
  free(apart);
  return NULL;
}

static H5FD_t *apus_apart_under(const H5FD_t *base) { return ((const apus_apart_file *)base)->file; }

static herr_t apus_apart_close(H5FD_t *base) {
  herr_t status = H5FDclose(apus_apart_under(base));
  free(base);
  return status;
}

static int apus_apart_compare(const H5FD_t *a, const H5FD_t *b) {
  return H5FDcmp(apus_apart_under(a), apus_apart_under(b));
}

static herr_t apus_apart_query(const H5FD_t *base, unsigned long *flags) {
  (void)base;
  if (flags) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
  }
  return 0;
}

static haddr_t apus_apart_get_eoa(const H5FD_t *base, H5FD_mem_t type) {
  return H5FDget_eoa(apus_apart_under(base), type);
}

static herr_t apus_apart_set_eoa(H5FD_t *base, H5FD_mem_t type, haddr_t end) {
  return H5FDset_eoa(apus_apart_under(base), type, end);
}

static haddr_t apus_apart_get_eof(const H5FD_t *base, H5FD_mem_t type) {
  return H5FDget_eof(apus_apart_under(base), type);
}

static herr_t apus_apart_read(
  H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *bytes
) {
  return H5FDread(apus_apart_under(base), type, transfer, address, size, bytes);
}

static herr_t apus_apart_write(
  H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, const void *bytes
) {
  const apus_chunks_apart *told = &((apus_apart_file *)base)->told;
  if (bytes == told->stand_in) {
    told->left_out->address = address;
    told->left_out->size = size;
    return 0;
  }
  return H5FDwrite(apus_apart_under(base), type, transfer, address, size, bytes);
}

static herr_t apus_apart_flush(H5FD_t *base, hid_t transfer, hbool_t closing) {
  return H5FDflush(apus_apart_under(base), transfer, closing);
}

static herr_t apus_apart_truncate(H5FD_t *base, hid_t transfer, hbool_t closing) {
  return H5FDtruncate(apus_apart_under(base), transfer, closing);
}

/// Makes the driver known to HDF5: once, for H5Pset_driver.
static inline hid_t apus_H5FDregister_chunks_apart(void) {
  static const H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  H5FD_class_t driver;
  memset(&driver, 0, sizeof driver);
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = (H5FD_class_value_t)600;
#endif
  driver.name = "apus_chunks_apart";
  driver.maxaddr = ((haddr_t)1 << (8 * sizeof(off_t) - 1)) - 1;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(apus_chunks_apart);
  driver.open = apus_apart_open;
  driver.close = apus_apart_close;
  driver.cmp = apus_apart_compare;
  driver.query = apus_apart_query;
  driver.get_eoa = apus_apart_get_eoa;
  driver.set_eoa = apus_apart_set_eoa;
  driver.get_eof = apus_apart_get_eof;
  driver.read = apus_apart_read;
  driver.write = apus_apart_write;
  driver.flush = apus_apart_flush;
  driver.truncate = apus_apart_truncate;
  memcpy(driver.fl_map, map, sizeof map);
  return H5FDregister(&driver);
}

/// An H5P_FILE_ACCESS property list for that driver, without file locks.
static inline hid_t apus_H5Pcreate_file_access_chunks_apart(
  hid_t driver, const void *stand_in, apus_chunk_place *left_out
) {
  apus_chunks_apart told = {stand_in, left_out};
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (access < 0) return access;
  if (H5Pset_file_locking(access, 0, 1) >= 0 && H5Pset_driver(access, driver, &told) >= 0) return access;
  H5Pclose(access);
  return -1;
}
