/* Signal names and numbers, as people write them: "SIGTERM", "term", "15", "RTMIN+3". */
#include "base/signal.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define SIGNAL_MAX 64

static const char *const names[] = {
        [SIGHUP] = "SIGHUP",       [SIGINT] = "SIGINT",       [SIGQUIT] = "SIGQUIT",
        [SIGILL] = "SIGILL",       [SIGTRAP] = "SIGTRAP",     [SIGABRT] = "SIGABRT",
        [SIGBUS] = "SIGBUS",       [SIGFPE] = "SIGFPE",       [SIGKILL] = "SIGKILL",
        [SIGUSR1] = "SIGUSR1",     [SIGSEGV] = "SIGSEGV",     [SIGUSR2] = "SIGUSR2",
        [SIGPIPE] = "SIGPIPE",     [SIGALRM] = "SIGALRM",     [SIGTERM] = "SIGTERM",
        [SIGSTKFLT] = "SIGSTKFLT", [SIGCHLD] = "SIGCHLD",     [SIGCONT] = "SIGCONT",
        [SIGSTOP] = "SIGSTOP",     [SIGTSTP] = "SIGTSTP",     [SIGTTIN] = "SIGTTIN",
        [SIGTTOU] = "SIGTTOU",     [SIGURG] = "SIGURG",       [SIGXCPU] = "SIGXCPU",
        [SIGXFSZ] = "SIGXFSZ",     [SIGVTALRM] = "SIGVTALRM", [SIGPROF] = "SIGPROF",
        [SIGWINCH] = "SIGWINCH",   [SIGIO] = "SIGIO",         [SIGPWR] = "SIGPWR",
        [SIGSYS] = "SIGSYS",
};

const char *signal_name(int signal)
{
        return signal > 0 && signal < (int)ARRAY_SIZE(names) ? names[signal] : NULL;
}

/* Any number but 0; SIGNAL_MAX + 1 for all that are too large. */
static bool parse_number(const char *text, int *out)
{
        char *end;
        long value = strtol(text, &end, 10);

        if (!isdigit((unsigned char)text[0]) || *end || value == 0)
                return false;
        *out = value > SIGNAL_MAX ? SIGNAL_MAX + 1 : (int)value;
        return true;
}

/* glibc keeps the first two real-time signals, but a container's libc may not: 34 and up here. */
static bool parse_real_time(const char *text, int *out)
{
        int offset = 0;

        if (strncasecmp(text, "RTMIN", 5) == 0 &&
            (!text[5] || sscanf(text + 5, "+%d", &offset) == 1))
                *out = 34 + offset;
        else if (strncasecmp(text, "RTMAX", 5) == 0 &&
                 (!text[5] || sscanf(text + 5, "-%d", &offset) == 1))
                *out = 64 - offset;
        else
                return false;
        return offset >= 0 && *out >= 34 && *out <= 64;
}

/* "-9" is 9 and "-INT" is INT, as in kill(1). */
int signal_parse(const char *text, int *signal_out, struct error *err)
{
        const char *name = text + strspn(text, "-");
        const char *bare = strncasecmp(name, "SIG", 3) == 0 ? name + 3 : name;
        int number;

        if (parse_number(name, &number)) {
                if (number > SIGNAL_MAX)
                        return error_set(err, ERROR_USAGE, "valid signals are 1 through %d",
                                         SIGNAL_MAX);
                *signal_out = number;
                return 0;
        }
        if (parse_real_time(bare, signal_out))
                return 0;
        for (int i = 1; i < (int)ARRAY_SIZE(names); i++)
                if (names[i] && strcasecmp(names[i] + 3, bare) == 0) {
                        *signal_out = i;
                        return 0;
                }
        return error_set(err, ERROR_USAGE, "invalid signal: %s", name);
}
