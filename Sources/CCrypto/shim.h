// The digests of OpenSSL's libcrypto as Swift can import them.
#pragma once
#if !__has_include(<openssl/evp.h>)
#error "Apus needs the headers of OpenSSL: run scripts/setup, or install libssl-dev and pkg-config (Debian's names)"
#endif
#include <openssl/evp.h>
