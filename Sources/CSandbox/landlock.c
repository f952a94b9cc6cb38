#define _GNU_SOURCE
#include "confinement.h"
#include <errno.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The attributes as of version 6 of Landlock's interface, which the headers of a distribution may be too old to have. */
struct ruleset {
    uint64_t file_rights;
    uint64_t network_rights;
    uint64_t scopes;
};

/* Versions of the interface, and what each added. */
enum {
    MOVING_FILES = 2,
    TRUNCATION = 3,
    TCP_PORTS = 4,
    DEVICES = 5,
    SCOPES = 6,
};

static uint64_t file_rights(long version) {
    /* Thirteen in the first version, then one for each of three others. */
    int count = 13 + (version >= MOVING_FILES) + (version >= TRUNCATION) + (version >= DEVICES);
    return (1ULL << count) - 1;
}

int wharf_deny_paths(bool *isolates_signals) {
    *isolates_signals = false;
    long version = syscall(__NR_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0) return errno;
    /* Whatever the rules handle is denied, since no rule permits anything. */
    struct ruleset all = {
        .file_rights = file_rights(version),
        .network_rights = version >= TCP_PORTS ? 1 << 0 | 1 << 1 : 0, /* bind, connect */
        .scopes = version >= SCOPES ? 1 << 0 | 1 << 1 : 0,            /* abstract sockets, signals */
    };
    /* An older kernel takes a longer structure whose end is zero. */
    int rules = (int)syscall(__NR_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) return errno;
    int failure = syscall(__NR_landlock_restrict_self, rules, 0) == 0 ? 0 : errno;
    close(rules);
    *isolates_signals = failure == 0 && version >= SCOPES;
    return failure;
}
