#ifndef APUS_CFILES_H
#define APUS_CFILES_H

#include <sys/types.h>

#if defined(__linux__)
/// Declared by glibc for those only who ask for what is GNU's own.
extern int sync_file_range(int file, __off64_t from, __off64_t count, unsigned int flags);
#endif

/// Begins to write what the disk does not have of a file yet, and waits for nothing; does nothing where there is no
/// such call.
static inline void apus_begin_sync(int file) {
#if defined(__linux__)
  // SYNC_FILE_RANGE_WRITE, of the whole file.
  (void)sync_file_range(file, 0, 0, 2);
#endif
}

#endif
