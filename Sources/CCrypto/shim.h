// The digests of OpenSSL's libcrypto as Swift can import them.
#pragma once
#include <openssl/evp.h>
