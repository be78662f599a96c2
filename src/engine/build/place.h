/* Where the files of a new layer go: paths as an instruction names them, on top of an image.
 *
 * The archive of the layer gets each file under the path that it really has, with the links of the
 * image resolved ("/lib/x" of an image whose /lib is a link goes to "usr/lib/x"), and before it the
 * directories on the way: those of the image as they are there, missing ones as new.
 */
#ifndef KELP_ENGINE_BUILD_PLACE_H
#define KELP_ENGINE_BUILD_PLACE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/build/view.h"
#include "engine/storage/pack_stream.h"

struct place {
        const struct view *view;
        struct pack_stream *stream;
        uid_t uid; /* of directories that are missing */
        gid_t gid;
        struct strv listed; /* directories that the archive has, sorted */
        /* the last one that was resolved */
        char *asked, *found;
};

void place_release(struct place *place);

/* A file (not a directory) as path: dir_fd/last with the attributes of *st. ERROR_INVALID where the
 * image has a directory. */
int place_file(struct place *place, const char *path, int dir_fd, const char *last,
               const struct stat *st, struct error *err);

/* The same of one that is open for reading. */
int place_open_file(struct place *place, const char *path, int fd, const struct stat *st,
                    struct error *err);

/* One of which the contents are here. */
int place_data(struct place *place, const char *path, const struct stat *st, const void *data,
               size_t len, struct error *err);

/* A directory; where the image has a link to one, that is it. dir_fd -1: one without attributes
 * beyond *st. */
int place_dir(struct place *place, const char *path, int dir_fd, const char *last,
              const struct stat *st, struct error *err);

/* What the path is called in the archive, after its directories were listed; the caller frees. Of a
 * file: what the image has there gives way, ERROR_INVALID where that is a directory. Of a
 * directory: where the image has a link to one, the name of that. */
int place_name(struct place *place, const char *path, char **name_out, struct error *err);
int place_file_name(struct place *place, const char *path, char **name_out, struct error *err);
int place_dir_name(struct place *place, const char *path, char **name_out, struct error *err);

#endif
