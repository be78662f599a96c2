/* One logical line to an instruction. The parts: instruction_kind.c (which),
 * instruction_parse.c (its words), instruction_flags.c (its flags), instruction_heredoc.c (its
 * here-documents). */
#ifndef KELP_ENGINE_CONTAINERFILE_INSTRUCTION_PARSE_H
#define KELP_ENGINE_CONTAINERFILE_INSTRUCTION_PARSE_H

#include "base/error.h"
#include "engine/containerfile/containerfile_lines.h"
#include "engine/containerfile/instruction.h"

#include <stdbool.h>

/* The next instruction of a file, its here-documents filled in: 1, 0 at the end, -1 with file:line
 * in the sentence. */
int instruction_read(struct containerfile_lines *lines, struct instruction *instruction_out,
                     struct error *err);

/* The kind of a word in any case; false: there is none. */
bool instruction_kind_of(const char *word, size_t len, enum instruction_kind *kind_out);

/* "unknown instruction", with the nearest. -1. */
int instruction_unknown(const char *word, struct error *err);

/* The instruction that a line is, with empty here-documents. instruction has file, line and escape
 * and takes the rest; it is to be released after a failure too. Sentences are without file:line. */
int instruction_from_line(struct instruction *instruction, const char *text, struct error *err);

/* May it stand behind ONBUILD? */
int instruction_check_trigger(enum instruction_kind kind, struct error *err);

/* Take the flags at the beginning of *rest, which is moved behind them, and check them. */
int instruction_take_flags(struct instruction *instruction, const char **rest, struct error *err);

/* The here-documents that the arguments of a RUN, COPY or ADD name, and the words of a COPY or ADD
 * made plain "<<NAME". */
int instruction_find_heredocs(struct instruction *instruction, const char *arguments,
                              struct error *err);

#endif
