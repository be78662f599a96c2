/* Messages as a line of fields each, as podman, crun and runc write them:
 *     time="..." level=error msg="..."      or {"level":"error","msg":"...","time":"..."} */
#ifndef KELP_CLI_LOG_FIELDS_H
#define KELP_CLI_LOG_FIELDS_H

#include <stdbool.h>

/* Messages (base/log.h) go to fd in this form from now on. The descriptor stays the caller's. */
void log_fields_to(int fd, bool json);

/* One line now, whatever the log level is. */
void log_fields_write(const char *level, const char *text);

#endif
