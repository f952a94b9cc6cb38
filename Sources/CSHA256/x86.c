#if defined(__x86_64__)
#include "compress.h"

#include <cpuid.h>
#include <immintrin.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3")))
#define SHA_INLINE __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

int wharf_sha256_has_instructions(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1)) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA) != 0;
}

/// One stream: the chain in the order of the instructions (a, b, e, f and c, d, g, h), and the last sixteen words.
struct stream {
    __m128i abef, cdgh, words[4];
};

SHA_INLINE void load_chain(struct stream *s, const uint32_t *chain) {
    __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)chain), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(chain + 4)), 0x1B);
    s->abef = _mm_alignr_epi8(cdab, efgh, 8);
    s->cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
}

SHA_INLINE void store_chain(const struct stream *s, uint32_t *chain) {
    __m128i feba = _mm_shuffle_epi32(s->abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(s->cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)chain, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(chain + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Rounds 4 g to 4 g + 3.
SHA_INLINE void four_rounds(struct stream *s, const uint8_t *bytes, int g) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
    __m128i *w = s->words;
    if (g < 4) {
        w[g] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(bytes + 16 * g)), big_endian);
    } else {
        __m128i last = w[(g + 3) & 3];
        __m128i sum = _mm_sha256msg1_epu32(w[g & 3], w[(g + 1) & 3]);
        sum = _mm_add_epi32(sum, _mm_alignr_epi8(last, w[(g + 2) & 3], 4));
        w[g & 3] = _mm_sha256msg2_epu32(sum, last);
    }
    __m128i k = _mm_load_si128((const __m128i *)(wharf_sha256_constants + 4 * g));
    __m128i wk = _mm_add_epi32(w[g & 3], k);
    s->cdgh = _mm_sha256rnds2_epu32(s->cdgh, s->abef, wk);
    s->abef = _mm_sha256rnds2_epu32(s->abef, s->cdgh, _mm_shuffle_epi32(wk, 0x0E));
}

SHA_INLINE void add_chain(struct stream *s, __m128i abef, __m128i cdgh) {
    s->abef = _mm_add_epi32(s->abef, abef);
    s->cdgh = _mm_add_epi32(s->cdgh, cdgh);
}

SHA void wharf_sha256_compress(uint32_t *chain, const uint8_t *bytes, size_t blocks) {
    struct stream s;
    load_chain(&s, chain);
    for (; blocks > 0; blocks--, bytes += 64) {
        __m128i abef = s.abef, cdgh = s.cdgh;
#pragma clang loop unroll(full)
        for (int g = 0; g < 16; g++) four_rounds(&s, bytes, g);
        add_chain(&s, abef, cdgh);
    }
    store_chain(&s, chain);
}

SHA void wharf_sha256_compress_two(
    uint32_t *first, const uint8_t *first_bytes, uint32_t *second, const uint8_t *second_bytes, size_t blocks) {
    struct stream x, y;
    load_chain(&x, first);
    load_chain(&y, second);
    for (; blocks > 0; blocks--, first_bytes += 64, second_bytes += 64) {
        __m128i x_abef = x.abef, x_cdgh = x.cdgh, y_abef = y.abef, y_cdgh = y.cdgh;
#pragma clang loop unroll(full)
        for (int g = 0; g < 16; g++) {
            four_rounds(&x, first_bytes, g);
            four_rounds(&y, second_bytes, g);
        }
        add_chain(&x, x_abef, x_cdgh);
        add_chain(&y, y_abef, y_cdgh);
    }
    store_chain(&x, first);
    store_chain(&y, second);
}
#endif
