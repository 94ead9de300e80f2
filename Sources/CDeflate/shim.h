// libdeflate as Swift can import it, and what RunDeflate needs of the processor and Swift has no word for.
#ifndef APUS_CDEFLATE_H
#define APUS_CDEFLATE_H

#include <libdeflate.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Which of the 64 bytes from `bytes` on are equal to the byte before them: the first is the lowest bit.
static inline uint64_t apus_repeated_bytes(const void *bytes) {
  const unsigned char *here = (const unsigned char *)bytes;
  uint64_t result = 0;
#if defined(__SSE2__)
  for (int part = 3; part >= 0; part--) {
    __m128i these = _mm_loadu_si128((const __m128i *)(here + 16 * part));
    __m128i before = _mm_loadu_si128((const __m128i *)(here + 16 * part - 1));
    result = result << 16 | (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(these, before));
  }
#else
  for (int part = 7; part >= 0; part--) {
    uint64_t these, before;
    memcpy(&these, here + 8 * part, 8);
    memcpy(&before, here + 8 * part - 1, 8);
    uint64_t difference = these ^ before;
    // The high bit of each byte that is zero; then those eight bits side by side. Little-endian.
    uint64_t low = 0x7f7f7f7f7f7f7f7f;
    uint64_t zeros = ~(((difference & low) + low) | difference | low);
    result = result << 8 | (zeros >> 7) * 0x0102040810204080 >> 56;
  }
#endif
  return result;
}

#endif
