/* layer: engine */
/* Archives that mean harm, written header by header so that anything can be said: each is refused
 * by a message that names the entry, or contained below the root. */
#include "unit.h"

#include "base/path.h"
#include "engine/storage/confine.h"
#include "engine/storage/inflate.h"
#include "engine/storage/unpack.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char archive[4 << 20];
static size_t archive_len;

struct entry {
        const char *name;
        char type; /* '0' file, '1' hard link, '2' symlink, '3' and '4' devices, '5' directory, 'x'
                      pax */
        const char *link;
        const char *data;
        unsigned long long size; /* claimed; 0: that of data */
};

static void header(const struct entry *e, size_t len)
{
        char *h = archive + archive_len;
        unsigned sum = 0;

        memset(h, 0, 512);
        snprintf(h, 100, "%s", e->name);
        snprintf(h + 100, 8, "%07o", e->type == '5' ? 0755 : 0644);
        snprintf(h + 108, 8, "%07o", geteuid());
        snprintf(h + 116, 8, "%07o", getegid());
        snprintf(h + 124, 12, "%011llo", e->size ? e->size : len);
        snprintf(h + 136, 12, "%011o", 1000000);
        h[156] = e->type;
        if (e->link)
                snprintf(h + 157, 100, "%s", e->link);
        memcpy(h + 257, "ustar\00000", 8);
        memset(h + 148, ' ', 8);
        for (int i = 0; i < 512; i++)
                sum += (unsigned char)h[i];
        snprintf(h + 148, 8, "%06o", sum);
        archive_len += 512;
}

static void add_bytes(const struct entry *e, const void *data, size_t len)
{
        header(e, len);
        memcpy(archive + archive_len, data, len);
        archive_len += (len + 511) / 512 * 512;
}

static void add(const struct entry *e)
{
        add_bytes(e, e->data ? e->data : "", e->data ? strlen(e->data) : 0);
}

/* One pax record: "LEN KEY=VALUE\n", the length counts itself. */
static void add_pax(const char *key, const char *value, size_t value_len)
{
        static char record[1 << 20];
        size_t body = strlen(key) + value_len + 3, len = body + 1;
        char digits[24];
        int n;

        while ((size_t)snprintf(digits, sizeof(digits), "%zu", len) + body != len)
                len++;
        n = snprintf(record, sizeof(record), "%zu %s=", len, key);
        memcpy(record + n, value, value_len);
        record[n + (int)value_len] = '\n';
        add_bytes(&(struct entry){ .name = "pax", .type = 'x' }, record, len);
}

static char base[64];
static int root_fd = -1;

static int setup(void **state)
{
        (void)state;
        umask(0);
        strcpy(base, "/tmp/kelp-hostile-XXXXXX");
        if (!mkdtemp(base))
                return -1;
        root_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        mkdirat(root_fd, "root", 0755);
        mkdirat(root_fd, "outside", 0755);
        close(openat(root_fd, "outside/victim", O_WRONLY | O_CREAT, 0644));
        dup2(openat(root_fd, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC), root_fd);
        archive_len = 0;
        memset(archive, 0, sizeof(archive));
        return root_fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
        (void)state;
        close(root_fd);
        return path_remove_tree(AT_FDCWD, base, NULL);
}

static bool given;

static ssize_t next(void *data, const void **piece_out, struct error *err)
{
        (void)data, (void)err;
        *piece_out = archive;
        return given ? 0 : (given = true, (ssize_t)archive_len);
}

static int unpack(struct error *err)
{
        struct unpack_source source = { .next = next, .recorded = geteuid() != 0 };
        AUTO(unpack_result) result = { 0 };

        archive_len += 1024; /* the end of an archive is two blocks of zeros */
        given = false;
        *err = (struct error){ 0 };
        return unpack_tar(root_fd, &source, &result, err);
}

/* Nothing was made or changed beside the root. */
static bool outside_is_untouched(void)
{
        struct stat st;
        char path[128];
        FILE *list;
        char line[256] = "";

        snprintf(path, sizeof(path), "%s/outside/victim", base);
        if (stat(path, &st) < 0 || st.st_size != 0 || st.st_nlink != 1)
                return false;
        snprintf(path, sizeof(path), "ls -A %s | tr '\n' ' '", base);
        list = popen(path, "r");
        if (!list || !fgets(line, sizeof(line), list))
                return false;
        pclose(list);
        return strcmp(line, "outside root ") == 0;
}

#define FILE_IN(n)                                                                                 \
        {                                                                                          \
                .name = (n), .type = '0', .data = "evil"                                           \
        }
#define LINK_TO(n, to)                                                                             \
        {                                                                                          \
                .name = (n), .type = '2', .link = (to)                                             \
        }
#define HARD_TO(n, to)                                                                             \
        {                                                                                          \
                .name = (n), .type = '1', .link = (to)                                             \
        }
#define DIR_AT(n)                                                                                  \
        {                                                                                          \
                .name = (n), .type = '5'                                                           \
        }

struct row {
        const char *what;
        struct entry entries[5];
        const char *refused;  /* words of the error, or NULL: unpacked and contained */
        const char *expected; /* then a path in the root that is there, or NULL */
};

static const struct row rows[] = {
        { "a parent", { FILE_IN("../victim") }, "../victim", NULL },
        { "a parent inside", { FILE_IN("a/../../victim") }, "a/../../victim", NULL },
        { "a parent alone", { DIR_AT("..") }, "..", NULL },
        { "an absolute path", { FILE_IN("/abs/file") }, NULL, "abs/file" },
        { "many slashes", { FILE_IN("///a////b") }, NULL, "a/b" },
        { "a link to the host's root", { LINK_TO("l", "/"), FILE_IN("l/made") }, NULL, "made" },
        { "a relative link out", { LINK_TO("l", "../outside"), FILE_IN("l/victim") }, NULL, NULL },
        { "a chain of links out",
          { LINK_TO("a", "b"), LINK_TO("b", "c"), LINK_TO("c", "../../../.."), FILE_IN("a/tmp2") },
          NULL,
          "tmp2" },
        { "a link that is its own target", { LINK_TO("l", "l"), FILE_IN("l/x") }, "l/x", NULL },
        { "a hard link to a parent", { HARD_TO("h", "../outside/victim") }, "\"h\"", NULL },
        { "a hard link to the host", { HARD_TO("h", "/etc/passwd") }, "\"h\"", NULL },
        { "a hard link through a link",
          { LINK_TO("l", "../outside"), HARD_TO("h", "l/victim") },
          "\"h\"",
          NULL },
        { "a hard link to itself", { HARD_TO("h", "h") }, "\"h\"", NULL },
        { "a hard link to a directory", { DIR_AT("d"), HARD_TO("h", "d") }, "\"h\"", NULL },
        { "a hard link to nothing", { HARD_TO("h", "") }, "\"h\"", NULL },
        { "a link swapped for a directory",
          { DIR_AT("d"), LINK_TO("d", "../outside"), FILE_IN("d/victim") },
          NULL,
          NULL },
        { "a directory swapped for a link",
          { LINK_TO("d", "../outside"), DIR_AT("d"), FILE_IN("d/victim") },
          NULL,
          "d/victim" },
        { "a file swapped for a link",
          { FILE_IN("f"), LINK_TO("f", "../outside/victim"), FILE_IN("f") },
          NULL,
          "f" },
        { "a whiteout of the parent", { FILE_IN(".wh...") }, ".wh...", NULL },
        { "a whiteout of the directory", { FILE_IN(".wh..") }, ".wh..", NULL },
        { "a whiteout of nothing", { FILE_IN("d/.wh.") }, ".wh.", NULL },
        { "a whiteout through a link",
          { LINK_TO("l", "../outside"), FILE_IN("l/.wh.victim") },
          NULL,
          NULL },
        { "an opaque marker through a link",
          { LINK_TO("l", "../outside"), FILE_IN("l/.wh..wh..opq") },
          NULL,
          NULL },
        { "an opaque marker below a file",
          { FILE_IN("f"), FILE_IN("f/.wh..wh..opq") },
          "f/.wh..wh..opq",
          NULL },
        { "a file below a file", { FILE_IN("f"), FILE_IN("f/x") }, "f/x", NULL },
        { "a newline in a name", { FILE_IN("new\nline") }, NULL, "new\nline" },
        { "an escape in a name", { FILE_IN("\033[31mred") }, NULL, "\033[31mred" },
        { "an entry twice",
          { FILE_IN("f"), FILE_IN("f"), DIR_AT("f"), FILE_IN("f/x") },
          NULL,
          "f/x" },
        { "a root that is a file", { FILE_IN(".") }, "root", NULL },
        { "an unknown type", { { .name = "odd", .type = '9', .data = "x" } }, NULL, NULL },
        { "a claim of more than there is",
          { { .name = "f", .type = '0', .data = "x", .size = 1 << 30 } },
          "tar",
          NULL },
};

static void run_row(const struct row *row)
{
        struct error err;
        struct stat st;
        int rc;

        setup(NULL);
        for (size_t i = 0; i < 5 && row->entries[i].name; i++)
                add(&row->entries[i]);
        rc = unpack(&err);
        if (!outside_is_untouched())
                fail_msg("%s: something beside the root was changed", row->what);
        if (row->refused && (rc == 0 || !strstr(err.text, row->refused)))
                fail_msg("%s: not refused by name: %d \"%s\"", row->what, rc, err.text);
        if (row->expected &&
            (rc < 0 || fstatat(root_fd, row->expected, &st, AT_SYMLINK_NOFOLLOW) < 0))
                fail_msg("%s: not contained at %s: \"%s\"", row->what, row->expected, err.text);
        teardown(NULL);
}

static void test_table(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                run_row(&rows[i]);
}

static void test_pax(void **state)
{
        static char huge[900000];
        struct error err;
        struct stat st;

        (void)state;
        memset(huge, 'a', sizeof(huge));
        add_pax("path", huge, sizeof(huge));
        add(&(struct entry)FILE_IN("f"));
        assert_int_equal(unpack(&err), -1);
        teardown(NULL), setup(NULL);

        add_pax("path", "../../victim", 12);
        add(&(struct entry)FILE_IN("f"));
        assert_fails_with(unpack(&err), err, "../../victim");
        teardown(NULL), setup(NULL);

        add_pax("linkpath", "../outside/victim", 17);
        add(&(struct entry)HARD_TO("h", "x"));
        assert_fails_with(unpack(&err), err, "\"h\"");
        assert_true(outside_is_untouched());
        teardown(NULL), setup(NULL);

        add_pax("size", "99999999999999999999999", 23);
        add(&(struct entry)FILE_IN("f"));
        assert_int_equal(unpack(&err), -1);
        teardown(NULL), setup(NULL);

        /* Attributes of overlay's own would forge whiteouts. */
        add_pax("SCHILY.xattr.user.overlay.opaque", "y", 1);
        add(&(struct entry)DIR_AT("d"));
        assert_succeeds(unpack(&err), err);
        assert_int_equal(fstatat(root_fd, "d", &st, 0), 0);
        {
                AUTO_CLOSE int fd = openat(root_fd, "d", O_RDONLY);
                char value[8];

                assert_int_equal(fgetxattr(fd, "user.overlay.opaque", value, sizeof(value)), -1);
        }
}

/* A sparse file that claims a terabyte takes no more than its data. */
static void test_sparse(void **state)
{
        struct error err;
        struct stat st;

        (void)state;
        add_pax("GNU.sparse.major", "1", 1);
        archive_len = 0;
        add_bytes(
                &(struct entry){ .name = "pax", .type = 'x' },
                "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n37 GNU.sparse.realsize=1099511627776"
                "\n25 GNU.sparse.name=bomb\n",
                22 + 22 + 37 + 25);
        add_bytes(&(struct entry){ .name = "GNUSparseFile.0/bomb", .type = '0' }, "1\n0\n4\n", 6);
        (void)unpack(&err); /* refused or sparse */
        if (fstatat(root_fd, "bomb", &st, 0) == 0)
                assert_true(st.st_blocks * 512 < 1 << 20);
        assert_true(outside_is_untouched());
}

/* Cut at every block, it is an error or a shorter tree, never a hang or a crash. */
static void test_truncated(void **state)
{
        struct error err;
        size_t whole;

        (void)state;
        add(&(struct entry)DIR_AT("d"));
        add(&(struct entry)FILE_IN("d/f"));
        add_pax("path", "d/renamed", 9);
        add(&(struct entry)FILE_IN("x"));
        whole = archive_len;
        for (size_t cut = 0; cut <= whole; cut += 256) {
                struct unpack_source source = { .next = next, .recorded = geteuid() != 0 };
                AUTO(unpack_result) result = { 0 };

                archive_len = cut;
                given = false;
                (void)unpack_tar(root_fd, &source, &result, &err);
                assert_true(outside_is_untouched());
        }
}

/* In a child: 0 when everything that it must not do is refused. */
static int try_everything(int dir_fd)
{
        struct error err = { 0 };
        char *const argv[] = { (char *)"/bin/true", NULL };
        int status;

        if (confine_to(dir_fd, 1 << 20, &err) < 0)
                return 1;
        if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
                return 2;
        if (execv("/bin/true", argv) == 0)
                return 3;
        status = fork();
        if (status == 0)
                _exit(0);
        if (status > 0)
                return 4;
        if (open("/etc/passwd", O_RDONLY) >= 0)
                return 5;
        if (openat(dir_fd, "inside", O_WRONLY | O_CREAT, 0600) < 0)
                return 6;
        return 0;
}

static void test_confined(void **state)
{
        int status;
        pid_t pid = fork();

        (void)state;
        if (pid == 0)
                _exit(try_everything(root_fd));
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_table),
                cmocka_unit_test_setup_teardown(test_pax, setup, teardown),
                cmocka_unit_test_setup_teardown(test_sparse, setup, teardown),
                cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
                cmocka_unit_test_setup_teardown(test_confined, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
