/* The ceilings on what a Containerfile and an ignore file may hold. Sizes in bytes. */
#ifndef KELP_ENGINE_CONTAINERFILE_LIMITS_H
#define KELP_ENGINE_CONTAINERFILE_LIMITS_H

#define LIMIT_CONTAINERFILE  ((size_t)4 << 20) /* one file; all of a build's together as well */
#define LIMIT_INSTRUCTIONS   10000             /* of a build, over all stages */
#define LIMIT_STAGES         1000
#define LIMIT_BUILD_WARNINGS 100
#define LIMIT_HEREDOCS       64                  /* of one instruction */
#define LIMIT_BUILD_FLAGS    256                 /* of one instruction */
#define LIMIT_BUILD_WORDS    ((size_t)4096)      /* of one instruction, and what one splits into */
#define LIMIT_BUILD_ARGS     4096                /* ARG and --build-arg, each */
#define LIMIT_EXPANDED       ((size_t)128 << 10) /* a word: the kernel's ceiling for one string */
#define LIMIT_SCOPE          ((size_t)8 << 20)   /* all that ARG and ENV of a stage set */
#define LIMIT_EXPANSION      32                  /* ${a:-${b:-...}} within each other */
#define LIMIT_GLOB           512                 /* characters of a pattern */
#define LIMIT_GLOB_STEPS     ((size_t)1 << 22)   /* of one word: what ${x/pattern/y} may cost */
#define LIMIT_IGNORE_FILE    ((size_t)1 << 20)
#define LIMIT_IGNORE_ENTRIES 10000

#endif
