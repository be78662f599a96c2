/* See download.h. */
#include "engine/registry/download.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/registry/curl.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static size_t store(char *data, size_t size, size_t count, void *user)
{
        return fd_write_all(*(int *)user, data, size * count) == 0 ? size * count : 0;
}

static int fetch(const struct curl_api *curl, const char *url, int fd, struct error *err)
{
        CURL *easy = curl->easy_init();
        CURLcode code;
        long status = 0;

        curl->easy_setopt(easy, CURLOPT_URL, url);
        curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl->easy_setopt(easy, CURLOPT_USERAGENT, "kelp/" KELP_VERSION);
        curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl->easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
        curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 30L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
        curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, store);
        curl->easy_setopt(easy, CURLOPT_WRITEDATA, &fd);
        code = curl->easy_perform(easy);
        curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl->easy_cleanup(easy);
        if (code != CURLE_OK)
                return error_set(err, ERROR_NETWORK, "%s: %s", url, curl->easy_strerror(code));
        if (status < 200 || status > 299)
                return error_set(err, status == 404 ? ERROR_NOT_FOUND : ERROR_NETWORK,
                                 "%s answered with status %ld", url, status);
        return 0;
}

bool download_is_url(const char *text)
{
        return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

int download(const struct store *store, const char *url, struct error *err)
{
        const struct curl_api *curl = curl_api(err);
        AUTO_CLOSE int fd = -1;

        if (!curl)
                return -1;
        fd = openat(store->root_fd, "staging", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_sys(err, errno, "create a file for %s", url);
        if (fetch(curl, url, fd, err) < 0)
                return -1;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read what was fetched");
        return take_fd(&fd);
}
