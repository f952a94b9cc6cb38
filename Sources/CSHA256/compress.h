#pragma once

#include <stddef.h>
#include <stdint.h>

/// K (FIPS 180-4, section 4.2.2).
extern const uint32_t wharf_sha256_constants[64] __attribute__((aligned(16)));

/// Adds `blocks` blocks of 64 bytes to the chain (FIPS 180-4, section 6.2.2).
typedef void compress(uint32_t *chain, const uint8_t *bytes, size_t blocks);

/// The same of two streams, in turns.
typedef void compress_two(
    uint32_t *first, const uint8_t *first_bytes, uint32_t *second, const uint8_t *second_bytes, size_t blocks);

compress wharf_sha256_compress_portable;

#if defined(__x86_64__) || defined(__aarch64__)
#define WHARF_SHA256_INSTRUCTIONS 1
int wharf_sha256_has_instructions(void);
compress wharf_sha256_compress;
compress_two wharf_sha256_compress_two;
#endif
