/* See certs.h. */
#include "engine/registry/certs.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CA_MAX ((size_t)8 << 20)

void certs_release(struct certs *certs)
{
        free(certs->ca);
        free(certs->cert);
        free(certs->key);
        *certs = (struct certs){ 0 };
}

/* Where distributions keep the certificates that everybody trusts. */
static void add_system(struct strbuf *text)
{
        static const char *const files[] = { "/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                AUTO_FREE char *data = NULL;
                size_t len;

                if (fd_read_file(AT_FDCWD, files[i], CA_MAX, &data, &len, NULL) < 0)
                        continue;
                strbuf_add(text, data, len);
                return;
        }
}

static int add_ca(struct strbuf *text, const char *path, struct error *err)
{
        AUTO_FREE char *data = NULL;
        size_t len;

        if (fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &data, &len, err) < 0)
                return -1;
        if (text->len == 0)
                add_system(text);
        strbuf_adds(text, "\n");
        strbuf_add(text, data, len);
        return 0;
}

/* NAME.cert with NAME.key */
static int take_pair(struct certs *certs, const char *cert, struct error *err)
{
        AUTO_FREE char *key = xasprintf("%.*s.key", (int)(strlen(cert) - strlen(".cert")), cert);

        if (access(key, R_OK) < 0)
                return error_sys(err, errno, "the key %s of %s", key, cert);
        free(certs->cert);
        free(certs->key);
        certs->cert = xstrdup(cert);
        certs->key = take_ptr(key);
        return 0;
}

static int read_dir(const char *path, struct certs *certs, struct error *err)
{
        AUTO(strbuf) ca = { .max = CA_MAX * 2 };
        DIR *dir = opendir(path);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return error_sys(err, errno, "open %s", path);
        while (rc == 0 && (entry = readdir(dir))) {
                AUTO_FREE char *file = path_join(path, entry->d_name);

                if (path_ends_with(entry->d_name, ".crt"))
                        rc = add_ca(&ca, file, err);
                else if (path_ends_with(entry->d_name, ".cert"))
                        rc = take_pair(certs, file, err);
        }
        closedir(dir);
        if (rc == 0 && ca.len)
                certs->ca = strbuf_take(&ca);
        return rc;
}

int certs_find(const char *dir, const char *host, struct certs *certs_out, struct error *err)
{
        const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
        AUTO(strv) places = { 0 };
        AUTO(certs) certs = { 0 };
        int rc = 0;

        if (dir)
                strv_add(&places, dir);
        if (!dir && config && config[0] == '/')
                strv_addf(&places, "%s/containers/certs.d/%s", config, host);
        if (!dir && home && home[0] == '/')
                strv_addf(&places, "%s/.config/containers/certs.d/%s", home, host);
        if (!dir) {
                strv_addf(&places, "/etc/containers/certs.d/%s", host);
                strv_addf(&places, "/etc/docker/certs.d/%s", host);
        }
        for (size_t i = 0; i < places.count; i++)
                if (dir || access(places.items[i], F_OK) == 0) {
                        rc = read_dir(places.items[i], &certs, err);
                        break;
                }
        if (rc < 0)
                return -1;
        *certs_out = certs;
        certs = (struct certs){ 0 };
        return 0;
}
