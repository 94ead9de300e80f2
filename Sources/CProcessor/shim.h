#ifndef APUS_CPROCESSOR_H
#define APUS_CPROCESSOR_H

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

#endif
