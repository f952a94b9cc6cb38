#pragma once
#include <stdint.h>
#include <sys/types.h>

/* Calls that Swift does not see. */

/* fork. The caller must be the only thread. */
pid_t wharf_fork(void);

/* A descriptor that becomes readable when a child ends; -1 with errno. */
int wharf_open_process(pid_t pid);

/* Closes every descriptor from `first` on. */
void wharf_close_from(unsigned first);

/* Memory that is read and written like a file, and that nobody can change any more once it is sealed; -1 with errno. */
int wharf_make_memory_file(const char *name);
int wharf_seal_memory_file(int descriptor);

/* A file without a name in a directory, for its owner alone: to write it; -1 with errno. `reader` can only read it. */
int wharf_make_scratch_file(const char *directory, int *reader);

/* Whether a descriptor can only be read. */
int wharf_is_read_only(int descriptor);

/* Makes any system call: its result, or the negative errno. For tests of the sandbox, from inside. */
long wharf_system_call(long number, const long arguments[6]);
