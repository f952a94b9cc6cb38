#if defined(__aarch64__)
#include "compress.h"

#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define SHA __attribute__((target("sha2")))
#define SHA_INLINE __attribute__((target("sha2"), always_inline)) static inline

int wharf_sha256_has_instructions(void) {
#if defined(__linux__)
    // HWCAP_SHA2 of the kernel's <asm/hwcap.h>.
    return (getauxval(AT_HWCAP) & (1 << 6)) != 0;
#else
    // Every 64-bit processor of Apple has them.
    return 1;
#endif
}

/// One stream: the chain and the last sixteen words.
struct stream {
    uint32x4_t abcd, efgh, words[4];
};

SHA_INLINE void load_chain(struct stream *s, const uint32_t *chain) {
    s->abcd = vld1q_u32(chain);
    s->efgh = vld1q_u32(chain + 4);
}

SHA_INLINE void store_chain(const struct stream *s, uint32_t *chain) {
    vst1q_u32(chain, s->abcd);
    vst1q_u32(chain + 4, s->efgh);
}

/// Rounds 4 g to 4 g + 3.
SHA_INLINE void four_rounds(struct stream *s, const uint8_t *bytes, int g) {
    uint32x4_t *w = s->words;
    if (g < 4) {
        w[g] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes + 16 * g)));
    } else {
        uint32x4_t sum = vsha256su0q_u32(w[g & 3], w[(g + 1) & 3]);
        w[g & 3] = vsha256su1q_u32(sum, w[(g + 2) & 3], w[(g + 3) & 3]);
    }
    uint32x4_t wk = vaddq_u32(w[g & 3], vld1q_u32(wharf_sha256_constants + 4 * g));
    uint32x4_t abcd = s->abcd;
    s->abcd = vsha256hq_u32(abcd, s->efgh, wk);
    s->efgh = vsha256h2q_u32(s->efgh, abcd, wk);
}

SHA_INLINE void add_chain(struct stream *s, uint32x4_t abcd, uint32x4_t efgh) {
    s->abcd = vaddq_u32(s->abcd, abcd);
    s->efgh = vaddq_u32(s->efgh, efgh);
}

SHA void wharf_sha256_compress(uint32_t *chain, const uint8_t *bytes, size_t blocks) {
    struct stream s;
    load_chain(&s, chain);
    for (; blocks > 0; blocks--, bytes += 64) {
        uint32x4_t abcd = s.abcd, efgh = s.efgh;
#pragma clang loop unroll(full)
        for (int g = 0; g < 16; g++) four_rounds(&s, bytes, g);
        add_chain(&s, abcd, efgh);
    }
    store_chain(&s, chain);
}

SHA void wharf_sha256_compress_two(
    uint32_t *first, const uint8_t *first_bytes, uint32_t *second, const uint8_t *second_bytes, size_t blocks) {
    struct stream x, y;
    load_chain(&x, first);
    load_chain(&y, second);
    for (; blocks > 0; blocks--, first_bytes += 64, second_bytes += 64) {
        uint32x4_t x_abcd = x.abcd, x_efgh = x.efgh, y_abcd = y.abcd, y_efgh = y.efgh;
#pragma clang loop unroll(full)
        for (int g = 0; g < 16; g++) {
            four_rounds(&x, first_bytes, g);
            four_rounds(&y, second_bytes, g);
        }
        add_chain(&x, x_abcd, x_efgh);
        add_chain(&y, y_abcd, y_efgh);
    }
    store_chain(&x, first);
    store_chain(&y, second);
}
#endif
