/* libcurl on demand. */
#include "engine/registry/curl.h"

#include "base/cleanup.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

struct symbol {
        const char *name;
        size_t offset;
};

#define SYMBOL(name)                                                                               \
        {                                                                                          \
                "curl_" #name, offsetof(struct curl_api, name)                                     \
        }

static const struct symbol symbols[] = {
        SYMBOL(global_init),   SYMBOL(easy_init),        SYMBOL(easy_setopt),
        SYMBOL(easy_perform),  SYMBOL(easy_getinfo),     SYMBOL(easy_strerror),
        SYMBOL(easy_cleanup),  SYMBOL(slist_append),     SYMBOL(slist_free_all),
        SYMBOL(multi_init),    SYMBOL(multi_add_handle), SYMBOL(multi_remove_handle),
        SYMBOL(multi_perform), SYMBOL(multi_poll),       SYMBOL(multi_info_read),
        SYMBOL(multi_cleanup), SYMBOL(easy_reset),
};

static int load(struct curl_api *api, struct error *err)
{
        void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

        if (!library)
                library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
        if (!library) {
                error_set(err, ERROR_NOT_FOUND,
                          "libcurl is not installed, it is needed to talk to "
                          "registries");
                return error_cure(err, "install it: sudo apt-get install libcurl4 (elsewhere: "
                                       "libcurl, curl)");
        }
        for (size_t i = 0; i < ARRAY_SIZE(symbols); i++) {
                void *address = dlsym(library, symbols[i].name);

                if (!address)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "this libcurl is too old: it has no %s (7.66 is needed)",
                                         symbols[i].name);
                *(void **)(void *)((char *)api + symbols[i].offset) = address;
        }
        /* libcurl reads HTTPS_PROXY and NO_PROXY, but of this one only the small letters. */
        if (getenv("HTTP_PROXY"))
                (void)setenv("http_proxy", getenv("HTTP_PROXY"), 0);
        if (api->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return error_set(err, ERROR_GENERAL, "libcurl does not start");
        return 0;
}

const struct curl_api *curl_api(struct error *err)
{
        static struct curl_api api;
        static int state;

        if (state == 0)
                state = load(&api, err) == 0 ? 1 : 0;
        return state == 1 ? &api : NULL;
}
