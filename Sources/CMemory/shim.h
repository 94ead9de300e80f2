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

#endif
