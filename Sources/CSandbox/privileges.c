#define _GNU_SOURCE
#include "confinement.h"
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int wharf_deny_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

int wharf_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 ? 0 : errno; }

struct capabilities {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
};

static struct capabilities no_capabilities(void) {
    struct capabilities none;
    memset(&none, 0, sizeof none);
    none.header.version = _LINUX_CAPABILITY_VERSION_3;
    return none;
}

/* Whether all of the first 32 capabilities of a mask are in effect. */
static bool has_capabilities(unsigned mask) {
    struct capabilities held = no_capabilities();
    return syscall(SYS_capget, &held.header, held.sets) == 0 && (held.sets[0].effective & mask) == mask;
}

static bool is_root(void) {
    uid_t real, effective, saved;
    return getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0;
}

static int become_nobody(void) {
    /* Without CAP_KILL a parent that stays root could no longer end its child. */
    if (!has_capabilities(1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL)) return EPERM;
    if (setgroups(0, NULL) != 0) return errno;
    if (setresgid(WHARF_NOBODY, WHARF_NOBODY, WHARF_NOBODY) != 0) return errno;
    if (setresuid(WHARF_NOBODY, WHARF_NOBODY, WHARF_NOBODY) != 0) return errno;
    return is_root() ? EPERM : 0;
}

int wharf_drop_privileges(void) {
    int failure = is_root() ? become_nobody() : 0;
    /* Those that a change of the user does not take: inherited and ambient ones, and those of a user who is not root. */
    struct capabilities none = no_capabilities();
    if (syscall(SYS_capset, &none.header, none.sets) != 0) return errno;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
    return failure;
}
