/* See confirm.h. */
#include "cli/confirm.h"

#include <stdio.h>
#include <strings.h>
#include <string.h>

bool confirm(const char *warning)
{
        char answer[16] = "";

        printf("%s\nAre you sure you want to continue? [y/N] ", warning);
        fflush(stdout);
        if (!fgets(answer, sizeof(answer), stdin))
                return false;
        answer[strcspn(answer, "\r\n")] = '\0';
        return strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0;
}
