// The part of GDAL that Apus uses, as Swift can import it.
#pragma once
#if !__has_include(<gdal.h>)
#error "Apus needs the headers of GDAL: run scripts/setup, or install libgdal-dev and pkg-config (Debian's names)"
#endif
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_http.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <cpl_vsi_error.h>
#include <gdal.h>
#include <gdal_utils.h>
#include <gdalwarper.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <sys/stat.h>
#include "remote_files.h"

// `VSIStatBufL` is `struct stat64`, which Swift's view of the C library does not have; where `long` has 64 bits it is
// the same structure as `struct stat`.
_Static_assert(sizeof(long) == 8, "a 64-bit system");
static inline int apus_vsi_stat(const char *name, int64_t *size, int64_t *modified, int *is_folder) {
  struct stat status;
  int code = VSIStatExL(name, (VSIStatBufL *)&status, VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG | VSI_STAT_SIZE_FLAG);
  if (code == 0) {
    *size = (int64_t)status.st_size;
    *modified = (int64_t)status.st_mtime;
    *is_folder = S_ISDIR(status.st_mode) ? 1 : 0;
  }
  return code;
}
