#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// The state of a SHA-256 (FIPS 180-4, section 6.2) between two updates.
struct wharf_sha256 {
    /// H(i) after all whole blocks.
    uint32_t chain[8];
    /// The bytes after the last whole block: the first `count % 64`.
    uint8_t tail[64];
    /// All bytes so far.
    uint64_t count;
};

/// How blocks are compressed.
enum wharf_sha256_path {
    /// Plain C.
    wharf_sha256_portable = 0,
    /// The instructions of the processor for SHA-256: SHA-NI, or those of ARMv8.
    wharf_sha256_instructions = 1,
};

/// The fastest path of this processor.
int wharf_sha256_best_path(void);

/// The state before any byte.
void wharf_sha256_begin(struct wharf_sha256 *state);

void wharf_sha256_update(struct wharf_sha256 *state, int path, const void *bytes, size_t count);

/// Updates two states that are not the same one. Their whole blocks are compressed in turns: one stream alone waits
/// for the results of its instructions, two streams fill each other's gaps.
void wharf_sha256_update_two(
    struct wharf_sha256 *first, const void *first_bytes, size_t first_count, struct wharf_sha256 *second,
    const void *second_bytes, size_t second_count, int path);

/// Writes the 32 bytes of the digest. The state stays as it is.
void wharf_sha256_digest(const struct wharf_sha256 *state, int path, uint8_t *digest);

#if defined(__cplusplus)
}
#endif
