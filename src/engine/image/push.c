/* Pushing. See push.h; the transfer itself is send.c's. */
#include "engine/image/push.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/interrupt.h"
#include "engine/image/reference.h"
#include "engine/image/save.h"
#include "engine/image/transport.h"
#include "engine/registry/registries.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where registries.conf says that the repository really is. */
static int open_location(const struct store *store, const struct reference *ref,
                         const struct client_options *options, struct target **target_out,
                         struct error *err)
{
        AUTO_FREE char *name = reference_name(ref);
        AUTO(registry_endpoints) endpoints = { 0 };
        struct client_options client = *options;
        struct reference there = *ref; /* borrows */
        struct registries *registries;
        int rc;

        if (registries_load(&registries, err) < 0)
                return -1;
        rc = registries_endpoints(registries, name, false, &endpoints, err);
        registries_free(registries);
        if (rc < 0)
                return -1;
        there.registry = endpoints.items[0].registry;
        there.path = endpoints.items[0].path;
        if (endpoints.items[0].insecure && client.tls_verify < 0)
                client.tls_verify = 0;
        return target_registry_open(store, &there, &client, target_out, err);
}

static int open_registry(const struct store *store, const char *text,
                         const struct registry_options *options, struct target **target_out,
                         struct error *err)
{
        AUTO(reference) ref = { 0 };
        struct client_options client = { .authfile = options->authfile,
                                         .creds = options->creds,
                                         .cert_dir = options->cert_dir,
                                         .tls_verify = options->tls_verify,
                                         .cancel = interrupt_flag() };

        if (reference_parse(text, &ref, err) < 0)
                return -1;
        if (!ref.registry && !strchr(text, '/'))
                return error_set(err, ERROR_USAGE,
                                 "\"%s\" names no registry to push to: REGISTRY/PATH[:TAG]", text);
        if (!ref.registry)
                ref.registry = xstrdup("docker.io");
        if (strcmp(ref.registry, "localhost") == 0)
                return error_set(err, ERROR_USAGE,
                                 "%s is a local name: say where to push, REGISTRY/PATH[:TAG]",
                                 text);
        return open_location(store, &ref, &client, target_out, err);
}

static int open_archive(const char *path, struct target **target_out, int *fd_out,
                        struct error *err)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        if (fd < 0)
                return error_sys(err, errno, "create %s", path);
        *fd_out = fd;
        return target_archive_open(fd, target_out, err);
}

int push_open_target(const struct store *store, const struct transport *transport,
                     const struct registry_options *registry, struct target **target_out,
                     int *fd_out, struct error *err)
{
        *fd_out = -1;
        switch (transport->kind) {
        case TRANSPORT_DOCKER:
                return open_registry(store, transport->reference, registry, target_out, err);
        case TRANSPORT_OCI:
                return target_layout_open(transport->path, target_out, err);
        case TRANSPORT_DIR:
                return target_dir_open(transport->path, target_out, err);
        default:
                return open_archive(transport->path, target_out, fd_out, err);
        }
}

char *push_target_reference(const struct transport *transport)
{
        AUTO(reference) ref = { 0 };

        if (transport->kind != TRANSPORT_DOCKER)
                return transport->reference ? xstrdup(transport->reference) : NULL;
        if (reference_parse(transport->reference, &ref, NULL) < 0)
                return NULL;
        return xstrdup(ref.digest ? ref.digest : ref.tag ? ref.tag : "latest");
}

static int send_once(const struct store *store, const struct image *image,
                     const struct transport *transport, const struct push_options *options,
                     struct digest *digest_out, struct error *err)
{
        AUTO_FREE char *reference = push_target_reference(transport);
        AUTO_CLOSE int fd = -1;
        struct send_request request = { .image = image,
                                        .reference = reference,
                                        .format = options->format,
                                        .compression = options->compression,
                                        .level = options->level,
                                        .quiet = options->quiet,
                                        .cancel = interrupt_flag() };
        int rc;

        if (push_open_target(store, transport, &options->registry, &request.target, &fd, err) < 0)
                return -1;
        rc = send_image(store, &request, digest_out, err);
        if (rc == 0)
                rc = target_finish(request.target, err);
        target_close(request.target);
        if (rc < 0 && fd >= 0)
                (void)unlink(transport->path);
        return rc;
}

static int send_retrying(const struct store *store, const struct image *image,
                         const struct transport *transport, const struct push_options *options,
                         struct digest *digest_out, struct error *err)
{
        for (int attempt = 1;; attempt++) {
                *err = (struct error){ 0 };
                if (send_once(store, image, transport, options, digest_out, err) == 0)
                        return 0;
                if (!registry_retries(&options->registry, attempt, err))
                        return -1;
        }
}

static int push_docker_archive(const struct store *store, const struct image *image,
                               const struct transport *transport, struct error *err)
{
        AUTO_FREE char *name =
                transport->reference ? transport_local_name(transport->reference) : NULL;
        struct save_image one = { .image = image };
        AUTO_CLOSE int fd = open(transport->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        if (fd < 0)
                return error_sys(err, errno, "create %s", transport->path);
        if (name)
                strv_add(&one.names, name);
        if (save_docker_archive(store, &one, 1, fd, err) < 0) {
                (void)unlink(transport->path);
                strv_release(&one.names);
                return -1;
        }
        strv_release(&one.names);
        return 0;
}

static int push(const struct store *store, const struct image *image,
                const struct transport *transport, const struct push_options *options,
                struct digest *digest_out, struct error *err)
{
        int rc;

        interrupt_catch();
        if (transport->kind == TRANSPORT_DOCKER_ARCHIVE) {
                *digest_out = image->manifest;
                rc = push_docker_archive(store, image, transport, err);
        } else {
                rc = send_retrying(store, image, transport, options, digest_out, err);
        }
        interrupt_restore();
        return rc;
}

int image_push(const struct store *store, const char *name, const char *destination,
               const struct push_options *options, struct digest *digest_out, struct error *err)
{
        AUTO(transport) transport = { 0 };
        AUTO(image) image = { 0 };

        if (image_lookup(store, name, &image, err) < 0)
                return -1;
        if (!destination && (image.by_id || image.names.count == 0))
                return error_set(err, ERROR_USAGE,
                                 "an image that is named by its ID needs a destination");
        if (!destination)
                destination = image.names.items[0];
        if (transport_parse(destination, &transport, err) < 0)
                return -1;
        if (push(store, &image, &transport, options, digest_out, err) < 0)
                return error_context(err, "pushing %s", destination);
        image_touch(store, &image);
        return 0;
}
