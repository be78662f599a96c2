/* The way of a layer: inflate, tar, files. The root is a fresh directory each time. */
#include "base/path.h"
#include "engine/storage/inflate.h"
#include "engine/storage/unpack.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char buffer[65536];

static ssize_t next(void *data, const void **piece_out, struct error *err)
{
        *piece_out = buffer;
        return inflater_read(data, buffer, sizeof(buffer), err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char dir[] = "/tmp/kelp-fuzz-XXXXXX";
        AUTO_CLOSE int in = memfd_create("fuzz", MFD_CLOEXEC), root = -1;
        AUTO(unpack_result) result = { 0 };
        struct inflater *inflater;
        struct unpack_source source = { .next = next, .recorded = true };
        struct error err = { 0 };

        if (!mkdtemp(dir) || write(in, data, size) != (ssize_t)size || lseek(in, 0, SEEK_SET) < 0)
                abort();
        root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (inflater_open(in, LAYER_DETECT, 1 << 20, &inflater, &err) == 0) {
                source.data = inflater;
                (void)unpack_tar(root, &source, &result, &err);
                inflater_close(inflater);
        }
        (void)path_remove_tree(AT_FDCWD, dir, NULL);
        return 0;
}
