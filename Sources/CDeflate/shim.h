// libdeflate as Swift can import it.
#pragma once
#if !__has_include(<libdeflate.h>)
#error "Apus needs the headers of libdeflate: run scripts/setup, or install libdeflate-dev and pkg-config (Debian's names)"
#endif
#include <libdeflate.h>
