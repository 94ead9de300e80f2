// zlib as Swift can import it: its own inflateInit is a macro.
#pragma once
#include <zlib.h>

static inline int apus_inflate_init(z_stream *stream) { return inflateInit(stream); }
