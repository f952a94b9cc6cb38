import Testing

@testable import Imaging

/// Compares with the hashes of another implementation (thumbhash-python 1.0.1) for the same pixels.
@Suite struct ThumbHashTests {
    @Test(arguments: [
        (41, 29, false, "5c080e0d988087878187877888788887878008f887"),
        (30, 40, false, "d8d7092d14707772882888a887867898888e00b7f8"),
        (40, 30, true, "9f08860c8a16b098a1888a879808a9908f0632047528978304"),
        (100, 100, false, "9ef7050f0636069b956678659468966988734436c0047c0a"),
        (1, 1, false, "000802070000000000000000000000000000000000000000"),
        (100, 1, true, "0008820180000000000000000000000000000000000000"),
    ])
    func `hashes match the reference implementation`(width: Int, height: Int, hasAlpha: Bool, expected: String) {
        let hash = ThumbHash.hash(width: width, height: height) { index in
            let (x, y) = (index % width, index / width)
            return ThumbHash.Pixel(
                red: UInt8(x * 6 % 256), green: UInt8(y * 8 % 256), blue: UInt8((x + y) * 3 % 256),
                alpha: hasAlpha ? UInt8(x * y % 256) : 255)
        }
        #expect(hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == expected)
    }
}
