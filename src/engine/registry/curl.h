/* libcurl, opened when the network is first used: linking it would cost every start 6 ms. */
#ifndef KELP_ENGINE_REGISTRY_CURL_H
#define KELP_ENGINE_REGISTRY_CURL_H

#include "base/error.h"

#include <curl/curl.h>

struct curl_api {
        CURLcode (*global_init)(long flags);
        CURL *(*easy_init)(void);
        CURLcode (*easy_setopt)(CURL *handle, CURLoption option, ...);
        CURLcode (*easy_perform)(CURL *handle);
        CURLcode (*easy_getinfo)(CURL *handle, CURLINFO info, ...);
        const char *(*easy_strerror)(CURLcode code);
        void (*easy_cleanup)(CURL *handle);
        void (*easy_reset)(CURL *handle);
        struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
        void (*slist_free_all)(struct curl_slist *list);
        CURLM *(*multi_init)(void);
        CURLMcode (*multi_add_handle)(CURLM *multi, CURL *handle);
        CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *handle);
        CURLMcode (*multi_perform)(CURLM *multi, int *running);
        CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *fds, unsigned count,
                                int timeout_ms, int *ready);
        CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
        CURLMcode (*multi_cleanup)(CURLM *multi);
};

/* The table, loaded once; NULL with *err naming the package. */
const struct curl_api *curl_api(struct error *err);

#endif
