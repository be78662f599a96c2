/* Waiting for the network, so that an image can be pulled when the machine comes up. The targets of
 * the system are unknown to the manager of a user, so a unit asks the system's. It waits no longer
 * than the machine is starting: where nothing asks for network-online.target, it is never reached.
 */
#include "cli/quadlet/quadlet_convert.h"

#include <string.h>

bool quadlet_waits(const struct quadlet *quadlet)
{
        const struct unit_group *group = unit_file_group(&quadlet->unit, "Unit");

        for (size_t i = 0; group && i < group->count; i++)
                if (strcmp(group->lines[i].value, QUADLET_WAIT_UNIT) == 0)
                        return true;
        return false;
}

void quadlet_wait_write(FILE *out)
{
        fputs("[Unit]\n"
              "Description=Wait for the network of the machine\n"
              "\n"
              "[Service]\n"
              "Type=oneshot\n"
              "RemainAfterExit=yes\n"
              "TimeoutStartSec=90\n"
              "ExecStart=/bin/sh -c 'until systemctl --quiet is-active network-online.target; do "
              "case $$(systemctl is-system-running) in initializing|starting) sleep 0.5;; *) exit "
              "0;; esac; done'\n",
              out);
}
