/* Giving memory back before a long wait. The program's file is mapped as headers, code and
 * constants, then what is written to; the first three hold nothing but what is in the file, so
 * dropping them loses nothing. Only the few pages that the wait itself runs through come back. */
#include "base/trim.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>

/* Set by the linker (ld(1)): the first byte of the program, and the first of its writable part. */
extern char __executable_start[];
extern char __init_array_start[] __attribute__((visibility("hidden")));

#define PAGE        ((uintptr_t)4096)
#define STACK_DEPTH ((uintptr_t)256 << 10) /* more than what was called before has reached */

/* What functions that have returned left below this one's frame; what is no stack there is not
 * mapped. */
IDLE_CODE static void trim_stack(void)
{
        uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - PAGE) & ~(PAGE - 1);

        (void)madvise((void *)(end - STACK_DEPTH), STACK_DEPTH, MADV_DONTNEED);
}

IDLE_CODE void trim_memory(void)
{
        uintptr_t start = (uintptr_t)__executable_start;
        uintptr_t end = (uintptr_t)__init_array_start & ~(PAGE - 1);

        (void)malloc_trim(0);
        (void)madvise(__executable_start, end - start, MADV_DONTNEED);
        trim_stack();
}
