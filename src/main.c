/* kelp: rootless OCI containers from one binary. The command table does the rest (cli/). */
#include "cli/global.h"

int main(int argc, char **argv)
{
        return dispatch(argc, argv);
}
