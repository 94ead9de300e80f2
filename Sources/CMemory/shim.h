#ifndef APUS_CMEMORY_H
#define APUS_CMEMORY_H

#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

/// Gives memory that was freed back to the system; does nothing where the allocator has no such call.
static inline void apus_give_back_freed_memory(void) {
#if defined(__GLIBC__)
  (void)malloc_trim(0);
#endif
}

/// From how many bytes on a buffer is mapped by itself, and so goes back to the system when it is freed; does nothing
/// where the allocator has no such setting.
static inline void apus_map_buffers_from(int bytes) {
#if defined(__GLIBC__)
  (void)mallopt(M_MMAP_THRESHOLD, bytes);
#else
  (void)bytes;
#endif
}

#endif
