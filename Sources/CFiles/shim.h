#ifndef APUS_CFILES_H
#define APUS_CFILES_H

#include <sys/types.h>

#if defined(__linux__)
#include <linux/fs.h>
#include <sys/ioctl.h>

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

/// Whether an open folder's own folders are placed far from it and from each other (`chattr +T`); -1 where that cannot
/// be said.
static inline int apus_spreads_folders(int folder) {
#if defined(FS_IOC_GETFLAGS) && defined(FS_TOPDIR_FL)
  int flags = 0;
  if (ioctl(folder, FS_IOC_GETFLAGS, &flags) != 0) return -1;
  return (flags & FS_TOPDIR_FL) != 0;
#else
  return -1;
#endif
}

/// Says whether they are to be.
///
/// Returns 0, or -1 where the file system does not know of it.
static inline int apus_spread_folders(int folder, int spreads) {
#if defined(FS_IOC_GETFLAGS) && defined(FS_TOPDIR_FL)
  int flags = 0;
  if (ioctl(folder, FS_IOC_GETFLAGS, &flags) != 0) return -1;
  flags = spreads ? flags | FS_TOPDIR_FL : flags & ~FS_TOPDIR_FL;
  return ioctl(folder, FS_IOC_SETFLAGS, &flags);
#else
  return -1;
#endif
}

#endif
