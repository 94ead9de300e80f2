#ifndef APUS_CPROCESSOR_H
#define APUS_CPROCESSOR_H

#include <stdint.h>
#if defined(__BMI__)
#include <immintrin.h>
#endif

/// Whether this processor, and the system on it, run code made for x86-64-v3 (AVX2, BMI2, FMA and what goes with them).
static inline int apus_has_x86_64_v3(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("fma") && __builtin_cpu_supports("popcnt");
#else
  return 0;
#endif
}

/// Whether they run code made for x86-64-v4 as well, without slowing down for it: VBMI2 came after the processors that do.
static inline int apus_has_avx512(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return apus_has_x86_64_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
#else
  return 0;
#endif
}

/// The lowest bits of a number: as many as the lowest byte of `count` says, which is less than 64.
__attribute__((always_inline)) static inline uint64_t apus_lowest_bits(uint64_t bits, uint64_t count) {
#if defined(__BMI2__)
  // One instruction, which looks at the lowest byte by itself: the compiler would cut it out first.
  return _bzhi_u64(bits, count);
#else
  return bits & ~(~(uint64_t)0 << (count & 63));
#endif
}

/// A field of a number: its first bit is what the lowest byte of `field` says, which is less than 64; the next byte says
/// how many bits there are, less than 64. What is above means nothing.
__attribute__((always_inline)) static inline uint64_t apus_bit_field(uint64_t bits, uint64_t field) {
#if defined(__BMI__)
  return __builtin_ia32_bextr_u64(bits, field);
#else
  return bits >> (field & 63) & ~(~(uint64_t)0 << (field >> 8 & 63));
#endif
}

/// Which of the 64 bytes from `bytes` on are equal to the byte before them: the first is the lowest bit.
static inline unsigned long long apus_repeated_bytes(const void *bytes) {
  const char *here = (const char *)bytes;
  unsigned long long result = 0;
#if defined(__AVX2__)
  typedef char vector __attribute__((vector_size(32)));
  for (int part = 1; part >= 0; part--) {
    vector these, before;
    __builtin_memcpy(&these, here + 32 * part, 32);
    __builtin_memcpy(&before, here + 32 * part - 1, 32);
    result = result << 32 | (unsigned)__builtin_ia32_pmovmskb256((vector)(these == before));
  }
#elif defined(__SSE2__)
  typedef char vector __attribute__((vector_size(16)));
  for (int part = 3; part >= 0; part--) {
    vector these, before;
    __builtin_memcpy(&these, here + 16 * part, 16);
    __builtin_memcpy(&before, here + 16 * part - 1, 16);
    result = result << 16 | (unsigned)__builtin_ia32_pmovmskb128((vector)(these == before));
  }
#else
  for (int part = 7; part >= 0; part--) {
    unsigned long long these, before;
    __builtin_memcpy(&these, here + 8 * part, 8);
    __builtin_memcpy(&before, here + 8 * part - 1, 8);
    unsigned long long difference = these ^ before;
    // The high bit of each byte that is zero; then those eight bits side by side. Little-endian.
    unsigned long long low = 0x7f7f7f7f7f7f7f7f;
    unsigned long long zeros = ~(((difference & low) + low) | difference | low);
    result = result << 8 | (zeros >> 7) * 0x0102040810204080 >> 56;
  }
#endif
  return result;
}

#endif
