#include "CSHA256.h"
#include "compress.h"

#include <string.h>

int wharf_sha256_best_path(void) {
#if WHARF_SHA256_INSTRUCTIONS
    if (wharf_sha256_has_instructions()) return wharf_sha256_instructions;
#endif
    return wharf_sha256_portable;
}

static void add_blocks(uint32_t *chain, int path, const uint8_t *bytes, size_t blocks) {
#if WHARF_SHA256_INSTRUCTIONS
    if (path == wharf_sha256_instructions) return wharf_sha256_compress(chain, bytes, blocks);
#endif
    wharf_sha256_compress_portable(chain, bytes, blocks);
}

void wharf_sha256_begin(struct wharf_sha256 *state) {
    // FIPS 180-4, section 5.3.3.
    static const uint32_t initial[8] = {
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    };
    memset(state, 0, sizeof *state);
    memcpy(state->chain, initial, sizeof initial);
}

/// Fills the tail. Returns how many bytes that took: all of them, or as many as complete a block, which is added.
static size_t fill_tail(struct wharf_sha256 *state, int path, const uint8_t *bytes, size_t count) {
    size_t held = state->count % 64;
    if (held == 0) return 0;
    size_t taken = count < 64 - held ? count : 64 - held;
    memcpy(state->tail + held, bytes, taken);
    state->count += taken;
    if (held + taken == 64) add_blocks(state->chain, path, state->tail, 1);
    return taken;
}

/// Adds bytes to a state without a tail, and keeps those after the last whole block.
static void add_aligned(struct wharf_sha256 *state, int path, const uint8_t *bytes, size_t count) {
    add_blocks(state->chain, path, bytes, count / 64);
    memcpy(state->tail, bytes + count / 64 * 64, count % 64);
    state->count += count;
}

void wharf_sha256_update(struct wharf_sha256 *state, int path, const void *bytes, size_t count) {
    if (count == 0) return;
    size_t taken = fill_tail(state, path, bytes, count);
    if (taken < count) add_aligned(state, path, (const uint8_t *)bytes + taken, count - taken);
}

void wharf_sha256_update_two(
    struct wharf_sha256 *first, const void *first_bytes, size_t first_count, struct wharf_sha256 *second,
    const void *second_bytes, size_t second_count, int path) {
#if WHARF_SHA256_INSTRUCTIONS
    if (path == wharf_sha256_instructions && first_count > 0 && second_count > 0) {
        size_t first_taken = fill_tail(first, path, first_bytes, first_count);
        size_t second_taken = fill_tail(second, path, second_bytes, second_count);
        first_bytes = (const uint8_t *)first_bytes + first_taken;
        second_bytes = (const uint8_t *)second_bytes + second_taken;
        first_count -= first_taken;
        second_count -= second_taken;
        size_t common = (first_count < second_count ? first_count : second_count) / 64;
        // A state with a tail has taken all its bytes, and has no whole block to add.
        wharf_sha256_compress_two(first->chain, first_bytes, second->chain, second_bytes, common);
        first->count += 64 * common;
        second->count += 64 * common;
        first_bytes = (const uint8_t *)first_bytes + 64 * common;
        second_bytes = (const uint8_t *)second_bytes + 64 * common;
        first_count -= 64 * common;
        second_count -= 64 * common;
    }
#endif
    wharf_sha256_update(first, path, first_bytes, first_count);
    wharf_sha256_update(second, path, second_bytes, second_count);
}

static void store_big_endian(uint8_t *bytes, uint64_t value, int count) {
    for (int i = 0; i < count; i++) bytes[i] = (uint8_t)(value >> 8 * (count - 1 - i));
}

void wharf_sha256_digest(const struct wharf_sha256 *state, int path, uint8_t *digest) {
    // Padding: FIPS 180-4, section 5.1.1.
    uint32_t chain[8];
    uint8_t end[128] = {0};
    size_t held = state->count % 64;
    size_t blocks = held < 56 ? 1 : 2;
    memcpy(chain, state->chain, sizeof chain);
    memcpy(end, state->tail, held);
    end[held] = 0x80;
    store_big_endian(end + 64 * blocks - 8, 8 * state->count, 8);
    add_blocks(chain, path, end, blocks);
    for (int i = 0; i < 8; i++) store_big_endian(digest + 4 * i, chain[i], 4);
}
