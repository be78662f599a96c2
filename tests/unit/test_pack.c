/* layer: engine */
/* Archives as they are written: what cannot be read, an interruption. */
#include "engine/storage/pack_stream.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

/* What libarchive keeps for its client is not freed when an archive is given up (3.6). */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
        return "leak:archive_write_client_open\n";
}

static const struct stat file = { .st_mode = S_IFREG | 0644, .st_size = 5, .st_nlink = 1 };

static void test_read_error(void **state)
{
        struct digest_context hash;
        struct pack_stream_options options = { .out_fd = -1, .digest = &hash };
        AUTO_CLOSE int dir_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct pack_stream *stream;
        struct error err = { 0 };

        (void)state;
        digest_init(&hash);
        stream = pack_stream_open(&options);
        /* A directory cannot be read as a file. */
        assert_int_equal(pack_stream_put_fd(stream, dir_fd, "x", &file, &err), -1);
        assert_string_equal(err.text, "read x: Is a directory");
        pack_stream_abort(stream);
        digest_final(&hash, &(struct digest){ 0 });
}

static void test_cancel(void **state)
{
        bool cancel = false;
        AUTO_CLOSE int out_fd = memfd_create("out", MFD_CLOEXEC);
        struct pack_stream_options options = { .out_fd = out_fd, .cancel = &cancel };
        struct pack_stream *stream = pack_stream_open(&options);
        struct error err = { 0 };

        (void)state;
        assert_int_equal(pack_stream_data(stream, "x", &file, "12345", 5, &err), 0);
        cancel = true;
        assert_int_equal(pack_stream_data(stream, "y", &file, "12345", 5, &err), -1);
        assert_int_equal(err.kind, ERROR_CANCELLED);
        pack_stream_abort(stream);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_read_error),
                cmocka_unit_test(test_cancel),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
