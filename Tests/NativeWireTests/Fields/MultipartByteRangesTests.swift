import HTTPWire
import Testing
import UploadTestKit

@Suite struct MultipartByteRangesTests {
    @Test func `a body has heads, bytes and a closing, and its announced length`() throws {
        let whole = Array("0123456789".utf8)
        var random = SeededRandom(seed: 7)
        let parts = MultipartByteRanges([0..<2, 8..<10], of: 10, type: try MediaType("text/plain"), using: &random)
        let boundary = try #require(parts.contentType.split(separator: "=").last.map(String.init))
        #expect(parts.contentType == "multipart/byteranges; boundary=\(boundary)")

        var body: [UInt8] = []
        for (index, range) in parts.ranges.enumerated() {
            body += parts.head(of: index) + whole[Int(range.lowerBound)..<Int(range.upperBound)]
        }
        body += parts.closing
        let lines = [
            "--\(boundary)", "Content-Type: text/plain", "Content-Range: bytes 0-1/10", "", "01", "--\(boundary)",
            "Content-Type: text/plain", "Content-Range: bytes 8-9/10", "", "89", "--\(boundary)--", "",
        ]
        #expect(String(decoding: body, as: UTF8.self) == lines.joined(separator: "\r\n"))
        #expect(parts.contentLength == UInt64(body.count))
    }

    @Test func `a boundary is a token of 128 bits, different each time`() {
        var random = SeededRandom(seed: 7)
        let types = (0..<100).map { _ in
            MultipartByteRanges([0..<1], of: 1, type: .octetStream, using: &random).contentType
        }
        #expect(Set(types).count == types.count)
        #expect(Set(types.map(\.utf8.count)).count == 1)
    }
}
