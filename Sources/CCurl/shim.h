// libcurl as Swift can import it: options of one function with variable arguments become functions by their type.
#pragma once
#if !__has_include(<curl/curl.h>)
#error "Apus needs the headers of libcurl: run scripts/setup, or install libcurl4-gnutls-dev and pkg-config (Debian's names)"
#endif
#include <curl/curl.h>

typedef size_t (*apus_curl_bytes)(char *bytes, size_t size, size_t count, void *context);
typedef int (*apus_curl_progress)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

static inline CURLcode apus_curl_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

static inline CURLcode apus_curl_set_number(CURL *curl, CURLoption option, long value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode apus_curl_set_size(CURL *curl, CURLoption option, int64_t value) {
  return curl_easy_setopt(curl, option, (curl_off_t)value);
}

static inline CURLcode apus_curl_set_text(CURL *curl, CURLoption option, const char *value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode apus_curl_set_list(CURL *curl, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode apus_curl_set_context(CURL *curl, CURLoption option, void *value) {
  return curl_easy_setopt(curl, option, value);
}

static inline CURLcode apus_curl_set_bytes(CURL *curl, CURLoption option, apus_curl_bytes function) {
  return curl_easy_setopt(curl, option, function);
}

static inline CURLcode apus_curl_set_progress(CURL *curl, apus_curl_progress function) {
  return curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, function);
}
