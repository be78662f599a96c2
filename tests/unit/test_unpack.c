/* layer: engine */
#include "unit.h"

#include "base/path.h"
#include "engine/storage/hasher.h"
#include "engine/storage/inflate.h"
#include "engine/storage/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <zlib.h>
#include <zstd.h>

struct memory {
        char data[1 << 20];
        size_t len;
        bool given;
};

static struct memory tar;

struct member {
        const char *name;
        mode_t type;
        const char *link; /* symlink's text; for AE_IFREG a hard link's target */
        const char *data;
};

static void make_tar(const struct member *members, size_t count)
{
        struct archive *a = archive_write_new();

        archive_write_set_format_pax_restricted(a);
        archive_write_open_memory(a, tar.data, sizeof(tar.data), &tar.len);
        for (size_t i = 0; i < count; i++) {
                struct archive_entry *e = archive_entry_new();
                const struct member *m = &members[i];

                archive_entry_set_pathname(e, m->name);
                archive_entry_set_filetype(e, m->type);
                archive_entry_set_perm(e, m->type == AE_IFDIR ? 0755 : 0644);
                archive_entry_set_uid(e, geteuid());
                archive_entry_set_gid(e, getegid());
                archive_entry_set_mtime(e, 1000000, 0);
                if (m->type == AE_IFLNK)
                        archive_entry_set_symlink(e, m->link);
                else if (m->link)
                        archive_entry_set_hardlink(e, m->link);
                archive_entry_set_size(e, m->data ? (la_int64_t)strlen(m->data) : 0);
                archive_write_header(a, e);
                if (m->data)
                        archive_write_data(a, m->data, strlen(m->data));
                archive_entry_free(e);
        }
        archive_write_close(a);
        archive_write_free(a);
        tar.given = false;
}

static ssize_t next(void *data, const void **piece_out, struct error *err)
{
        struct memory *m = data;

        (void)err;
        if (m->given)
                return 0;
        m->given = true;
        *piece_out = m->data;
        return (ssize_t)m->len;
}

static char base[] = "/tmp/kelp-unit-XXXXXX";
static int root_fd = -1;

static int setup(void **state)
{
        (void)state;
        umask(0);
        strcpy(base, "/tmp/kelp-unit-XXXXXX");
        if (!mkdtemp(base))
                return -1;
        mkdirat(AT_FDCWD, base, 0755);
        root_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        mkdirat(root_fd, "root", 0755);
        close(root_fd);
        root_fd = open(strcat(strcpy((char[64]){ 0 }, base), "/root"),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return root_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        (void)state;
        close(root_fd);
        return path_remove_tree(AT_FDCWD, base, NULL);
}

static int unpack(const struct member *members, size_t count, struct error *err)
{
        struct unpack_source source = { .next = next, .data = &tar, .recorded = geteuid() != 0 };
        AUTO(unpack_result) result = { 0 };

        make_tar(members, count);
        return unpack_tar(root_fd, &source, &result, err);
}

#define UNPACK(err, ...)                                                                           \
        unpack((struct member[]){ __VA_ARGS__ }, ARRAY_SIZE(((struct member[]){ __VA_ARGS__ })),   \
               err)

static void test_plain(void **state)
{
        struct error err;
        struct stat a, b;

        (void)state;
        assert_succeeds(UNPACK(&err, { "d/", AE_IFDIR, NULL, NULL },
                               { "d/f", AE_IFREG, NULL, "hello" }, { "d/h", AE_IFREG, "d/f", NULL },
                               { "l", AE_IFLNK, "d/f", NULL }, { "p/q/r", AE_IFREG, NULL, "x" }),
                        err);
        assert_int_equal(fstatat(root_fd, "d/f", &a, 0), 0);
        assert_int_equal(fstatat(root_fd, "d/h", &b, 0), 0);
        assert_int_equal(a.st_ino, b.st_ino);
        assert_int_equal(a.st_size, 5);
        assert_int_equal(a.st_mtime, 1000000);
        assert_int_equal(fstatat(root_fd, "d", &a, 0), 0);
        assert_int_equal(a.st_mtime, 1000000);
        assert_int_equal(faccessat(root_fd, "p/q/r", F_OK, 0), 0);
}

static void test_replaces(void **state)
{
        struct error err;
        struct stat st;

        (void)state;
        assert_succeeds(UNPACK(&err, { "a", AE_IFREG, NULL, "1" }, { "a", AE_IFREG, NULL, "22" },
                               { "b", AE_IFDIR, NULL, NULL }, { "b/c", AE_IFREG, NULL, "1" },
                               { "b", AE_IFREG, NULL, "now a file" }),
                        err);
        fstatat(root_fd, "a", &st, 0);
        assert_int_equal(st.st_size, 2);
        fstatat(root_fd, "b", &st, 0);
        assert_true(S_ISREG(st.st_mode));
}

/* Nothing may appear beside the root, whatever the archive tries. */
static void assert_contained(void)
{
        struct stat st;

        assert_int_equal(fstatat(root_fd, "../evil", &st, AT_SYMLINK_NOFOLLOW), -1);
        assert_int_equal(access("/tmp/kelp-evil", F_OK), -1);
}

static void test_hostile_paths(void **state)
{
        struct error err;

        (void)state;
        assert_fails_with(UNPACK(&err, { "../evil", AE_IFREG, NULL, "x" }), err, "../evil");
        assert_fails_with(UNPACK(&err, { "a/../../evil", AE_IFREG, NULL, "x" }), err,
                          "a/../../evil");
        assert_fails_with(UNPACK(&err, { "h", AE_IFREG, "../../etc/passwd", NULL }), err,
                          "outside");
        assert_fails_with(UNPACK(&err, { "d/.wh...", AE_IFREG, NULL, "" }), err, "hides no name");
        assert_contained();
}

static void test_hostile_links(void **state)
{
        struct error err;

        (void)state;
        /* The link is followed inside the root, where "/tmp" is not. */
        assert_succeeds(UNPACK(&err, { "out", AE_IFLNK, "/tmp", NULL },
                               { "tmp/", AE_IFDIR, NULL, NULL },
                               { "out/kelp-evil", AE_IFREG, NULL, "x" }),
                        err);
        assert_int_equal(faccessat(root_fd, "tmp/kelp-evil", F_OK, 0), 0);
        assert_contained();
        assert_succeeds(
                UNPACK(&err, { "up", AE_IFLNK, "../..", NULL }, { "up/evil", AE_IFREG, NULL, "x" }),
                err);
        assert_contained();
        /* A directory swapped for a link between two entries. */
        assert_succeeds(UNPACK(&err, { "s/", AE_IFDIR, NULL, NULL },
                               { "s", AE_IFLNK, "/tmp", NULL },
                               { "s/kelp-evil", AE_IFREG, NULL, "x" }),
                        err);
        assert_contained();
}

static void test_hard_link_to_link(void **state)
{
        struct error err;
        struct stat st;

        (void)state;
        assert_succeeds(
                UNPACK(&err, { "l", AE_IFLNK, "/etc/passwd", NULL }, { "h", AE_IFREG, "l", NULL }),
                err);
        fstatat(root_fd, "h", &st, AT_SYMLINK_NOFOLLOW);
        assert_true(S_ISLNK(st.st_mode));
}

static void test_whiteouts(void **state)
{
        struct error err;
        struct stat st;
        char value[4];
        AUTO_CLOSE int fd = -1;

        (void)state;
        assert_succeeds(UNPACK(&err, { "d/", AE_IFDIR, NULL, NULL },
                               { "d/.wh.gone", AE_IFREG, NULL, "" }, { "o/", AE_IFDIR, NULL, NULL },
                               { "o/.wh..wh..opq", AE_IFREG, NULL, "" }),
                        err);
        assert_int_equal(fstatat(root_fd, "d/gone", &st, 0), 0);
        assert_true(S_ISCHR(st.st_mode) && st.st_rdev == 0);
        assert_int_equal(faccessat(root_fd, "d/.wh.gone", F_OK, AT_SYMLINK_NOFOLLOW), -1);
        fd = openat(root_fd, "o", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fgetxattr(fd, "user.overlay.opaque", value, sizeof(value)) != 1)
                assert_int_equal(errno, ENOTSUP); /* a tmpfs before Linux 6.6 */
}

static void test_garbage(void **state)
{
        struct unpack_source source = { .next = next, .data = &tar, .recorded = geteuid() != 0 };
        struct unpack_result result = { 0 };
        struct error err;

        (void)state;
        memset(tar.data, 'g', 4096);
        tar.len = 4096;
        tar.given = false;
        assert_fails_with(unpack_tar(root_fd, &source, &result, &err), err,
                          "not a valid tar archive");
}

/* Feed bytes through a pipe and read them inflated. */
static ssize_t inflate_all(const void *data, size_t len, uint64_t max, char *out, size_t size,
                           struct error *err)
{
        struct inflater *inflater;
        ssize_t total = 0, n;
        int fds[2];

        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], data, len), len);
        close(fds[1]);
        assert_int_equal(inflater_open(fds[0], LAYER_DETECT, max, &inflater, err), 0);
        while ((n = inflater_read(inflater, out + total, size - (size_t)total, err)) > 0)
                total += n;
        inflater_close(inflater);
        close(fds[0]);
        return n < 0 ? -1 : total;
}

static size_t gzip(const char *text, unsigned char *out, size_t size)
{
        z_stream z = { 0 };

        deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        z.next_in = (unsigned char *)(uintptr_t)text;
        z.avail_in = (unsigned)strlen(text);
        z.next_out = out;
        z.avail_out = (unsigned)size;
        deflate(&z, Z_FINISH);
        deflateEnd(&z);
        return size - z.avail_out;
}

static void test_inflate(void **state)
{
        unsigned char packed[1000];
        char out[1000];
        struct error err = { 0 };
        size_t one = gzip("hello ", packed, sizeof(packed));
        size_t two = one + gzip("world", packed + one, sizeof(packed) - one);

        (void)state;
        assert_int_equal(inflate_all(packed, two, 100, out, sizeof(out), &err), 11);
        assert_memory_equal(out, "hello world", 11);
        assert_fails_with(inflate_all(packed, two, 5, out, sizeof(out), &err), err,
                          "more than 5 bytes");
        assert_fails_with(inflate_all(packed, two - 12, 100, out, sizeof(out), &err), err, "layer");
        one = ZSTD_compress(packed, sizeof(packed), "zstd", 4, 3);
        assert_int_equal(inflate_all(packed, one, 100, out, sizeof(out), &err), 4);
        assert_memory_equal(out, "zstd", 4);
        assert_int_equal(inflate_all("plain text", 10, 100, out, sizeof(out), &err), 10);
}

static void test_hasher(void **state)
{
        struct hasher *hasher = hasher_new();
        struct digest digest, whole;
        char all[] = "aaabbbccc";

        (void)state;
        for (int i = 0; i < 3; i++) {
                memcpy(hasher_buffer(hasher), all + 3 * i, 3);
                hasher_submit(hasher, 3);
        }
        hasher_finish(hasher, &digest);
        digest_of(all, 9, &whole);
        assert_string_equal(digest.text, whole.text);
        digest_of("", 0, &whole);
        assert_string_equal(
                whole.text,
                "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
                cmocka_unit_test_setup_teardown(test_replaces, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_paths, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hostile_links, setup, teardown),
                cmocka_unit_test_setup_teardown(test_hard_link_to_link, setup, teardown),
                cmocka_unit_test_setup_teardown(test_whiteouts, setup, teardown),
                cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
                cmocka_unit_test(test_inflate),
                cmocka_unit_test(test_hasher),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
