#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a process can give up for good. Swift cannot make these calls: they are variadic, or filters of the kernel's. Each
   function answers 0, or an errno. The caller must be the only thread. */

/* Nothing that is executed gains rights any more. */
int wharf_deny_new_privileges(void);

/* Dies with the thread that started it. Forgotten by the kernel whenever the user changes. */
int wharf_die_with_parent(void);

/* The user and group that own nothing, by the convention of the kernel (`/proc/sys/kernel/overflowuid`). */
#define WHARF_NOBODY 65534

/* Drops all capabilities and forbids tracing (PR_SET_DUMPABLE); a process of root also changes to the user WHARF_NOBODY without
   supplementary groups. EPERM if root may not change its user, or if its parent could not kill it afterwards: the capabilities are
   dropped then, and the user is unchanged. */
int wharf_drop_privileges(void);

/* Nothing on the file system can be opened, made or removed, no TCP port bound or connected to (Landlock). `isolates_signals` says
   whether the kernel (6.12) also denies signals to, and abstract sockets of, all processes outside. ENOSYS or EOPNOTSUPP where
   the kernel has no Landlock. */
int wharf_deny_paths(bool *isolates_signals);

/* From here on: memory, threads of its own, reading and writing what is open, and ending. To open anything answers EACCES;
   sockets, processes, signals to others and everything that nobody thought of kill the process with SIGSYS (seccomp). See
   `filter.c` for the arguments. `permits_code` permits memory that is written to and executed, for compilers of loops (Orc).
   ENOSYS on processors other than x86_64 and aarch64. */
int wharf_deny_system_calls(bool permits_code);
