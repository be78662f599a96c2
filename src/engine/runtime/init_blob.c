/* The start stub as bytes; make/init.mk makes the list. */
#include "engine/runtime/init_blob.h"

const unsigned char init_blob[] = {
#include "init_blob.inc"
};
const size_t init_blob_len = sizeof(init_blob);
