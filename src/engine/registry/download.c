/* See download.h. */
#include "engine/registry/download.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/registry/curl.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct transfer {
        int fd;
        int write_error; /* errno, or 0 */
        const bool *cancel;
        time_t time;
};

static size_t store(char *data, size_t size, size_t count, void *user)
{
        struct transfer *transfer = user;

        if (fd_write_all(transfer->fd, data, size * count) == 0)
                return size * count;
        transfer->write_error = errno;
        return 0;
}

static bool is_cancelled(const struct transfer *transfer)
{
        return transfer->cancel && *transfer->cancel;
}

static int check_cancel(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
        (void)a, (void)b, (void)c, (void)d;
        return is_cancelled(user);
}

static void set_options(const struct curl_api *curl, CURL *easy, const char *url, bool insecure,
                        struct transfer *transfer)
{
        curl->easy_setopt(easy, CURLOPT_URL, url);
        curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl->easy_setopt(easy, CURLOPT_USERAGENT, "kelp/" KELP_VERSION);
        curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl->easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
        curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 30L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
        curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, store);
        curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
        curl->easy_setopt(easy, CURLOPT_FILETIME, 1L);
        curl->easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, check_cancel);
        curl->easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
        if (insecure) {
                curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
                curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        }
}

static int fetch(const struct curl_api *curl, const char *url, bool insecure,
                 struct transfer *transfer, struct error *err)
{
        CURL *easy = curl->easy_init();
        CURLcode code;
        long status = 0, time = -1;

        set_options(curl, easy, url, insecure, transfer);
        code = curl->easy_perform(easy);
        curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl->easy_getinfo(easy, CURLINFO_FILETIME, &time);
        curl->easy_cleanup(easy);
        transfer->time = time < 0 ? 0 : time;
        if (transfer->write_error)
                return error_sys(err, transfer->write_error, "write what comes from %s", url);
        if (is_cancelled(transfer))
                return error_set(err, ERROR_CANCELLED, "%s: the transfer was interrupted", url);
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

static int finish(const struct transfer *transfer, const char *url, struct error *err)
{
        const struct timespec times[2] = { { .tv_sec = transfer->time },
                                           { .tv_sec = transfer->time } };

        if (futimens(transfer->fd, times) < 0 || lseek(transfer->fd, 0, SEEK_SET) < 0)
                return error_sys(err, errno, "read what came from %s", url);
        return 0;
}

int download(const struct store *store, const char *url, const struct download_options *options,
             struct error *err)
{
        const struct curl_api *curl = curl_api(err);
        struct transfer transfer = { .cancel = options->cancel };
        AUTO_CLOSE int fd = -1;

        if (!curl)
                return -1;
        fd = openat(store->root_fd, "staging", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0)
                return error_sys(err, errno, "create a file for %s", url);
        transfer.fd = fd;
        if (fetch(curl, url, options->insecure, &transfer, err) < 0 ||
            finish(&transfer, url, err) < 0)
                return -1;
        return take_fd(&fd);
}
