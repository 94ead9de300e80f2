// zlib as Swift can import it: its own inflateInit is a macro.
#pragma once
#if !__has_include(<zlib.h>)
#error "Apus needs the headers of zlib: run scripts/setup, or install zlib1g-dev and pkg-config (Debian's names)"
#endif
#include <zlib.h>

static inline int apus_inflate_init(z_stream *stream) { return inflateInit(stream); }
