/* Giving memory back before a long wait. Segments that are not writable hold nothing but what is in
 * their file (PT_GNU_RELRO lies within a writable one), so dropping them loses nothing. */
#include "base/trim.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static int drop_clean(struct dl_phdr_info *info, size_t size, void *data)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        (void)size, (void)data;
        for (int i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
                uintptr_t start = (uintptr_t)(info->dlpi_addr + segment->p_vaddr) & ~(page - 1);
                uintptr_t end = (uintptr_t)(info->dlpi_addr + segment->p_vaddr + segment->p_memsz);

                if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
                        (void)madvise((void *)start, end - start, MADV_DONTNEED);
        }
        return 0;
}

void trim_memory(void)
{
        (void)malloc_trim(0);
        (void)dl_iterate_phdr(drop_clean, NULL);
}
