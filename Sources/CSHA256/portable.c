#include "compress.h"

const uint32_t wharf_sha256_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

static inline uint32_t load(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// W(t) from the sixteen words before it, of which `w` holds one each in the place of its number modulo 16.
static inline uint32_t schedule(const uint32_t *w, int t) {
    uint32_t x = w[(t + 1) & 15], y = w[(t + 14) & 15];
    uint32_t s0 = rotate(x, 7) ^ rotate(x, 18) ^ x >> 3;
    uint32_t s1 = rotate(y, 17) ^ rotate(y, 19) ^ y >> 10;
    return w[t & 15] + s0 + w[(t + 9) & 15] + s1;
}

void wharf_sha256_compress_portable(uint32_t *chain, const uint8_t *bytes, size_t blocks) {
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32_t w[16], v[8];
        for (int i = 0; i < 8; i++) v[i] = chain[i];
        // The variables a to h stay in their places and change their names: `a` of round t is v[-t mod 8].
#pragma clang loop unroll(full)
        for (int t = 0; t < 64; t++) {
            w[t & 15] = t < 16 ? load(bytes + 4 * t) : schedule(w, t);
            uint32_t a = v[-t & 7], b = v[(1 - t) & 7], c = v[(2 - t) & 7];
            uint32_t e = v[(4 - t) & 7], f = v[(5 - t) & 7], g = v[(6 - t) & 7], h = v[(7 - t) & 7];
            uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + (g ^ (e & (f ^ g)))
                + wharf_sha256_constants[t] + w[t & 15];
            uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + (b ^ ((a ^ b) & (b ^ c)));
            v[(3 - t) & 7] += t1;
            v[(7 - t) & 7] = t1 + t2;
        }
        for (int i = 0; i < 8; i++) chain[i] += v[i];
    }
}
