import HTTPTypes
import HTTPWire
import Testing
import TusWire

@Suite struct ChecksumTests {
    /// “123456789”, the customary check of checksums.
    static let known: [(ChecksumAlgorithm, String)] = [
        (.crc32, "cbf43926"), (.crc32c, "e3069283"), (.md5, "25f9e794323b453885f5181f1b624d0b"),
        (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        (
            .sha512,
            "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d4"
                + "99c95455b6b5bb503acf574fba8ffe85"
        ),
    ]

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test func `every algorithm gives its known value for any split of the bytes`() {
        let bytes = Array("123456789".utf8)
        for split in 0...bytes.count {
            let running = RunningChecksum(ChecksumAlgorithm.allCases)
            bytes[..<split].withUnsafeBytes { running.update($0) }
            bytes[split...].withUnsafeBytes { running.update($0) }
            for (algorithm, value) in Self.known {
                #expect(hex(running.bytes(algorithm)) == value)
                #expect(running.bytes(algorithm).count == algorithm.byteCount)
            }
        }
    }

    @Test func `the tables of eight bytes agree with bits, one by one`() {
        func slow(_ bytes: [UInt8], _ polynomial: UInt32) -> UInt32 {
            var state: UInt32 = .max
            for byte in bytes {
                state ^= UInt32(byte)
                for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ polynomial : state >> 1 }
            }
            return ~state
        }
        for count in [0, 1, 7, 8, 9, 15, 16, 17, 1000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let running = RunningChecksum([.crc32, .crc32c])
            bytes.withUnsafeBytes { running.update($0) }
            for (algorithm, polynomial): (ChecksumAlgorithm, UInt32) in [(.crc32, 0xEDB8_8320), (.crc32c, 0x82F6_3B78)]
            {
                let value = running.bytes(algorithm).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                #expect(value == slow(bytes, polynomial))
            }
        }
    }

    @Test func `a field has an algorithm and a checksum of its length`() throws {
        let checksum = try UploadChecksum("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")
        #expect(checksum.algorithm == .sha1)
        #expect(checksum.bytes.count == 20)
        #expect(checksum.text == "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")
    }

    @Test(arguments: ["", "sha1", "sha1 ", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha3 AAAA", "sha1 AAAA", "md5 *"])
    func `anything else is refused`(_ text: String) {
        #expect(throws: RequestFailure.self) { try UploadChecksum(text) }
    }

    @Test(arguments: ["Upload-Checksum", "x, upload-checksum"])
    func `a trailer counts if it was announced`(_ announcement: String) throws {
        #expect(try ExpectedChecksum([.trailer: announcement]) == .inTrailer)
        #expect(try ExpectedChecksum([.trailer: "Upload-Checksums"]) == .none)
    }

    @Test func `a checksum in a trailer must be present, valid and right`() throws {
        let computed = RunningChecksum(ExpectedChecksum.inTrailer.algorithms)
        let right: HTTPFields = [TusField.uploadChecksum: "crc32 AAAAAA=="]
        try ExpectedChecksum.inTrailer.require(computed, trailers: right)
        for (trailers, status): (HTTPFields?, Int) in [
            (nil, 400), ([TusField.uploadChecksum: "crc32 AAAAAQ=="], 460),
            ([TusField.uploadChecksum: "crc64 AA"], 400),
        ] {
            let refusal = #expect(throws: RequestFailure.self) {
                try ExpectedChecksum.inTrailer.require(computed, trailers: trailers)
            }
            #expect(refusal?.status.code == status)
        }
    }
}
