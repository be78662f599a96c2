/* Waiting for the network, so that an image can be pulled when the machine comes up. The targets of
 * the system are unknown to the manager of a user, so a unit asks the system's. It waits no longer
 * than the machine is starting: where nothing asks for network-online.target, it is never reached.
 */
#include "cli/quadlet/quadlet_convert.h"

const char quadlet_wait_unit[] =
        "[Unit]\n"
        "Description=Wait for the network of the machine\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "RemainAfterExit=yes\n"
        "TimeoutStartSec=90\n"
        "ExecStart=/bin/sh -c 'until systemctl --quiet is-active network-online.target; do "
        "case $$(systemctl is-system-running) in initializing|starting) sleep 0.5;; *) exit "
        "0;; esac; done'\n";
