/* The start stub (src/init/init.c) as bytes. */
#ifndef KELP_ENGINE_RUNTIME_INIT_BLOB_H
#define KELP_ENGINE_RUNTIME_INIT_BLOB_H

#include <stddef.h>

extern const unsigned char init_blob[];
extern const size_t init_blob_len;

#endif
