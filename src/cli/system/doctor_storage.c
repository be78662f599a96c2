/* kelp doctor: what the store is on, and which way a container's root can be made there. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/system/doctor.h"
#include "cli/system/probe.h"

#include <fcntl.h>

#define NO_FUSE     "a container's root is a copy of its image, which takes time and space"
#define WITH_VOLUME "start the outer container with a volume at the store"

/* Something that stands in for another: no finding while that works. */
static void add_substitute(struct doctor_report *report, const char *name, bool there, bool needed,
                           const char *detail, const char *cure)
{
        AUTO_FREE char *unneeded = xasprintf("%s, not needed here", detail);

        if (there || needed)
                doctor_add(report, name, there ? DOCTOR_OK : DOCTOR_WARNING, detail, NO_FUSE, cure);
        else
                doctor_add(report, name, DOCTOR_OK, unneeded, "", "");
}

static bool can_open(const char *path)
{
        AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);

        return fd >= 0;
}

static void check_overlay(struct doctor_report *report, bool *native_out)
{
        AUTO_FREE char *native = xasprintf("native, on %s", probe_file_system(report->store));
        AUTO_FREE char *cost = NULL, *cure = NULL;
        struct error overlay = { 0 }, fuse = { 0 };
        bool able;

        *native_out = probe_overlay(report->store, &overlay) == 0;
        able = !*native_out && probe_fuse_overlayfs(report->store, &fuse) == 0;
        cost = able ? xstrdup("fuse-overlayfs is used, which is slower")
                    : xasprintf(NO_FUSE " (%s)", fuse.text);
        cure = report->inside ? xasprintf(WITH_VOLUME ": -v NAME:%s", report->store->root)
                              : xstrdup("a kernel of 5.11 or newer, or --root on ext4, xfs, btrfs "
                                        "or tmpfs");
        doctor_add(report, "overlay", *native_out ? DOCTOR_OK : DOCTOR_WARNING,
                   *native_out ? native : overlay.text, cost, cure);
}

void doctor_storage(struct doctor_report *report)
{
        AUTO_FREE char *fuse = path_find_program("fuse-overlayfs");
        AUTO_FREE char *kind = xasprintf("%s, %s", probe_file_system(report->store),
                                         probe_reflinks(report->store) ? "copies share blocks"
                                                                       : "copies take space");
        struct error xattrs = { 0 };
        bool native = false, device = can_open("/dev/fuse");

        doctor_add(report, "file system", DOCTOR_OK, kind, "", "");
        doctor_add(report, "extended attributes",
                   probe_xattrs(report->store, &xattrs) == 0 ? DOCTOR_OK : DOCTOR_WARNING,
                   xattrs.text[0] ? xattrs.text : "user.* can be kept",
                   "no native overlay, and no owners where a single id is mapped",
                   "--root on ext4, xfs or btrfs");
        if (report->userns)
                check_overlay(report, &native);
        add_substitute(report, "fuse-overlayfs", fuse != NULL, !native,
                       fuse ? fuse : "not installed", "sudo apt-get install fuse-overlayfs");
        add_substitute(report, "/dev/fuse", device, !native,
                       device ? "can be opened" : "cannot be opened",
                       doctor_cure(report, "sudo modprobe fuse; sudo chmod 0666 /dev/fuse",
                                   "start the outer container with --device /dev/fuse"));
}
