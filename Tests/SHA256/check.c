// Compares the paths of CSHA256 with each other and with a published vector, for processors that the Swift tests do not run on.
#include "CSHA256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { bytes_max = 700, rounds = 3000 };

static void fill(unsigned char *bytes) {
    for (int i = 0; i < bytes_max; i++) bytes[i] = (unsigned char)rand();
}

static void digest_of(const struct wharf_sha256 *state, int path, char *text) {
    unsigned char digest[32];
    wharf_sha256_digest(state, path, digest);
    for (int i = 0; i < 32; i++) sprintf(text + 2 * i, "%02x", digest[i]);
}

/// Hashes two streams in two pieces each: one after the other in plain C, and at once with the processor's instructions.
static int differs(void) {
    unsigned char x[bytes_max], y[bytes_max];
    fill(x);
    fill(y);
    size_t x_count = rand() % bytes_max, y_count = rand() % bytes_max;
    size_t x_first = rand() % (x_count + 1), y_first = rand() % (y_count + 1);
    struct wharf_sha256 states[4];
    for (int i = 0; i < 4; i++) wharf_sha256_begin(&states[i]);
    wharf_sha256_update(&states[0], wharf_sha256_portable, x, x_count);
    wharf_sha256_update(&states[1], wharf_sha256_portable, y, y_count);
    wharf_sha256_update_two(&states[2], x, x_first, &states[3], y, y_first, wharf_sha256_instructions);
    wharf_sha256_update_two(
        &states[2], x + x_first, x_count - x_first, &states[3], y + y_first, y_count - y_first,
        wharf_sha256_instructions);
    char digests[4][65];
    for (int i = 0; i < 4; i++) {
        digest_of(&states[i], i < 2 ? wharf_sha256_portable : wharf_sha256_instructions, digests[i]);
    }
    return strcmp(digests[0], digests[2]) != 0 || strcmp(digests[1], digests[3]) != 0;
}

int main(void) {
    if (wharf_sha256_best_path() != wharf_sha256_instructions) {
        puts("this processor has no instructions for SHA-256");
        return 77;
    }
    char text[65];
    struct wharf_sha256 state;
    wharf_sha256_begin(&state);
    wharf_sha256_update(&state, wharf_sha256_instructions, "abc", 3);
    digest_of(&state, wharf_sha256_instructions, text);
    if (strcmp(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") != 0) {
        printf("error: the digest of abc is %s\n", text);
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        if (differs()) {
            printf("error: the digests of pair %d differ\n", i);
            return 1;
        }
    }
    printf("%d pairs have equal digests\n", rounds);
    return 0;
}
