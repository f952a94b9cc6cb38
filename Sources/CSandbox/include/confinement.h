#pragma once
#include <stdint.h>

/* What a process can give up for good. Swift cannot make these calls: they are variadic, or filters of the kernel's. Each
   function answers 0, or an errno. */

/* Nothing that is executed gains rights any more. */
int wharf_deny_new_privileges(void);

/* Dies with the thread that started it. */
int wharf_die_with_parent(void);

/* Nothing on the file system can be opened, made or removed (Landlock). ENOSYS or EOPNOTSUPP where the kernel has none. */
int wharf_deny_paths(void);

/* From here on: memory, threads of its own, reading and writing what is open, and ending. To open anything answers EACCES;
   sockets, processes, signals to others and everything that nobody thought of kill the process with SIGSYS (seccomp).
   ENOSYS on processors other than x86_64 and aarch64. */
int wharf_deny_system_calls(void);
