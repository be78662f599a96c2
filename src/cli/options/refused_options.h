/* Options of podman's and docker's run that run and create know and refuse, each with its reason;
 * those of a topic that has options of its own are refused there. */
#ifndef KELP_CLI_OPTIONS_REFUSED_OPTIONS_H
#define KELP_CLI_OPTIONS_REFUSED_OPTIONS_H

#include "cli/command.h"

#define REFUSED_BRIDGE "there are no networks with addresses and names yet"
#define REFUSED_OTHER  "it is of other systems than Linux"

#define REFUSED_OPTIONS                                                                            \
        OPT_REFUSED(0, "conmon-pidfile", "there is no conmon; use --pidfile"),                     \
                OPT_REFUSED(0, "cpu-count", REFUSED_OTHER),                                        \
                OPT_REFUSED(0, "cpu-percent", REFUSED_OTHER),                                      \
                OPT_REFUSED(0, "decryption-key", "encrypted images are not supported"),            \
                OPT_REFUSED(0, "disable-content-trust",                                            \
                            "Docker's content trust is gone: use policy.json"),                    \
                OPT_REFUSED(0, "io-maxbandwidth", REFUSED_OTHER),                                  \
                OPT_REFUSED(0, "io-maxiops", REFUSED_OTHER), OPT_REFUSED(0, "ip", REFUSED_BRIDGE), \
                OPT_REFUSED(0, "ip6", REFUSED_BRIDGE), OPT_REFUSED(0, "isolation", REFUSED_OTHER), \
                OPT_REFUSED(0, "link", REFUSED_BRIDGE),                                            \
                OPT_REFUSED(0, "link-local-ip", REFUSED_BRIDGE),                                   \
                OPT_REFUSED(0, "mac-address", REFUSED_BRIDGE),                                     \
                OPT_REFUSED(0, "net-alias", REFUSED_BRIDGE),                                       \
                OPT_REFUSED(0, "network-alias", REFUSED_BRIDGE),                                   \
                OPT_REFUSED(0, "storage-opt", "quotas of a file system are real root's alone"),    \
                OPT_REFUSED(0, "use-api-socket", "there is no daemon and no socket of one")

#endif
