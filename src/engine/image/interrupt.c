/* See interrupt.h. */
#include "engine/image/interrupt.h"

#include <stddef.h>

static bool interrupted;
static struct sigaction old_int, old_term;

static void on_interrupt(int signal_number)
{
        (void)signal_number;
        interrupted = true;
}

void interrupt_catch(void)
{
        struct sigaction action = { .sa_handler = on_interrupt };

        sigaction(SIGINT, &action, &old_int);
        sigaction(SIGTERM, &action, &old_term);
}

void interrupt_restore(void)
{
        sigaction(SIGINT, &old_int, NULL);
        sigaction(SIGTERM, &old_term, NULL);
}

void interrupt_block(sigset_t *old_out)
{
        sigset_t set;

        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_BLOCK, &set, old_out);
}

const bool *interrupt_flag(void)
{
        return &interrupted;
}
