/* The supervisor's threads: receive a call, find its handler, send its answer. See supervisor.h.
 *
 * What a handler may do is in supervisor_call.h. A thread has a umask of its own (the mode of a new
 * file is worked out from the caller's) and takes no signals, which are the monitor's.
 */
#include "engine/monitor/supervisor.h"

#include "base/cleanup.h"
#include "engine/monitor/supervisor_ids.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS      SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#define STACK ((size_t)128 << 10)

static const struct {
        int number;
        supervisor_handler *handle;
} handlers[] = {
        { SYS_fchownat, supervisor_fchownat },
        { SYS_fchown, supervisor_fchown },
        { SYS_setuid, supervisor_setuid },
        { SYS_setgid, supervisor_setgid },
        { SYS_setreuid, supervisor_setreuid },
        { SYS_setregid, supervisor_setregid },
        { SYS_setresuid, supervisor_setresuid },
        { SYS_setresgid, supervisor_setresgid },
        { SYS_setfsuid, supervisor_setfsuid },
        { SYS_setfsgid, supervisor_setfsgid },
        { SYS_setgroups, supervisor_setgroups },
        { SYS_getuid, supervisor_getuid },
        { SYS_getgid, supervisor_getgid },
        { SYS_geteuid, supervisor_geteuid },
        { SYS_getegid, supervisor_getegid },
        { SYS_getresuid, supervisor_getresuid },
        { SYS_getresgid, supervisor_getresgid },
        { SYS_getgroups, supervisor_getgroups },
        { SYS_getsockopt, supervisor_peercred },
        { SYS_fstat, supervisor_fstat },
        { SYS_newfstatat, supervisor_newfstatat },
        { SYS_statx, supervisor_statx },
        { SYS_openat, supervisor_openat },
        { SYS_openat2, supervisor_openat2 },
        { SYS_mkdirat, supervisor_mkdirat },
        { SYS_mknodat, supervisor_mknodat },
        { SYS_symlinkat, supervisor_symlinkat },
#ifdef SYS_stat
        { SYS_chown, supervisor_chown },
        { SYS_lchown, supervisor_lchown },
        { SYS_stat, supervisor_stat },
        { SYS_lstat, supervisor_lstat },
        { SYS_open, supervisor_open },
        { SYS_creat, supervisor_creat },
        { SYS_mkdir, supervisor_mkdir },
        { SYS_mknod, supervisor_mknod },
        { SYS_symlink, supervisor_symlink },
#endif
};

#define NUMBERS 512

/* The kernel says how large its messages are; later ones may have more behind what we know. */
union message {
        struct seccomp_notif call;
        struct seccomp_notif_resp answer;
        char room[1024];
};

static supervisor_handler *table[NUMBERS];
static struct supervisor_config config;
static int listeners;

void supervisor_configure(const struct supervisor_config *wanted)
{
        config = *wanted;
        ids_init(&config);
        for (size_t i = 0; i < ARRAY_SIZE(handlers); i++)
                table[handlers[i].number] = handlers[i].handle;
}

static void dispatch(struct call *call)
{
        int number = call->notif->data.nr;

        if (number >= 0 && number < NUMBERS && table[number])
                table[number](call);
        else
                call_fail(call, ENOSYS);
}

static void answer(int listener, const struct seccomp_notif *notif, union message *message)
{
        struct seccomp_notif_resp *response = &message->answer;
        struct call call = { .listener = listener, .notif = notif, .config = &config };

        dispatch(&call);
        memset(message, 0, sizeof(*message));
        response->id = notif->id;
        if (call.goes_on)
                response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        else if (call.error)
                response->error = -call.error;
        else
                response->val = call.value;
        /* ENOENT: the caller died meanwhile. */
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, response);
}

/* False: the last process under this filter is gone. */
static bool wait_for_call(int listener)
{
        struct pollfd slot = { .fd = listener, .events = POLLIN };

        while (poll(&slot, 1, -1) < 0)
                if (errno != EINTR)
                        return false;
        return (slot.revents & POLLIN) || !(slot.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Linux 6.6: caller and supervisor take turns on one processor instead of waking another. Older
 * kernels say EINVAL or ENOTTY. */
static void take_turns(int listener)
{
        (void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

static void serve(int listener)
{
        union message notif, response;

        take_turns(listener);
        while (wait_for_call(listener)) {
                memset(&notif, 0, sizeof(notif));
                if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) == 0)
                        answer(listener, &notif.call, &response);
                else if (errno != EINTR && errno != ENOENT)
                        break;
        }
}

static void *thread_main(void *data)
{
        int listener = (int)(intptr_t)data;

        /* Without a umask of its own every mode would come out wrong: let calls fail instead. */
        if (unshare(CLONE_FS) == 0) {
                umask(0);
                prctl(PR_SET_NAME, "kelp-supervisor");
                serve(listener);
        }
        close(listener); /* whoever waits for an answer gets ENOSYS */
        __atomic_sub_fetch(&listeners, 1, __ATOMIC_RELAXED);
        return NULL;
}

static int start_thread(int listener)
{
        pthread_attr_t attributes;
        sigset_t all, old;
        pthread_t thread;
        int rc;

        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, STACK);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        rc = pthread_create(&thread, &attributes, thread_main, (void *)(intptr_t)listener);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        pthread_attr_destroy(&attributes);
        return rc;
}

static int give_ids(pid_t pid, const struct supervisor_ids *ids, struct error *err)
{
        struct fake_ids fake;

        memset(&fake, 0, sizeof(fake)); /* compared as a whole */
        for (int i = 0; i < ID_KINDS; i++) {
                fake.uid[i] = ids->uid;
                fake.gid[i] = ids->gid;
        }
        fake.group_count =
                ids->group_count < SUPERVISOR_GROUPS_MAX ? ids->group_count : SUPERVISOR_GROUPS_MAX;
        memcpy(fake.groups, ids->groups, fake.group_count * sizeof(gid_t));
        return ids_give(pid, &fake) < 0 ? error_sys(err, errno, "remember the process's user") : 0;
}

int supervisor_start(int listener_fd, pid_t pid, const struct supervisor_ids *ids,
                     struct error *err)
{
        AUTO_CLOSE int listener = listener_fd;
        struct seccomp_notif_sizes sizes;
        int rc;

        if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0 ||
            sizes.seccomp_notif > sizeof(union message) ||
            sizes.seccomp_notif_resp > sizeof(union message))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the kernel's supervision of system calls is not known here");
        if (give_ids(pid, ids, err) < 0)
                return -1;
        if (__atomic_add_fetch(&listeners, 1, __ATOMIC_RELAXED) > SUPERVISOR_LISTENERS_MAX)
                rc = EAGAIN;
        else
                rc = start_thread(listener);
        if (rc != 0) {
                __atomic_sub_fetch(&listeners, 1, __ATOMIC_RELAXED);
                return error_sys(err, rc, "supervise the container's system calls");
        }
        listener = -1;
        return 0;
}
