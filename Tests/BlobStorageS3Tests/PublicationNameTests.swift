import SessionCore
import Testing
import UploadCore

@testable import BlobStorageS3

@Suite struct PublicationNameTests {
    private static let upload = SessionId(high: 1, low: 2)
    private static let capsule = CapsuleId(SessionId(high: 3, low: 4))

    private func name(
        _ fileName: String, prefix: String = "published", at location: String = "wharf/"
    ) throws -> String {
        try #require(PublicationPrefix(prefix)).name(
            of: Self.upload, in: Self.capsule, fileName: fileName, at: location)
    }

    @Test func `an object is named by its capsule, its upload and its file`() throws {
        #expect(
            try name("Ferien – Österreich.jpg", prefix: "for/people/", at: "")
                == "for/people/\(Self.capsule.text)/\(Self.upload.text)/Ferien – Österreich.jpg")
    }

    private static let hostile = [
        ("", "unnamed"), (".", "unnamed"), ("..", "unnamed"), ("/", "unnamed"), ("...  ", "unnamed"),
        ("../../segments/ab/cd", "cd"), ("C:\\photos\\a.jpg", "a.jpg"), ("a\0b\n\u{1b}.txt", "a_b__.txt"),
        ("photo\u{202E}gpj.exe", "photo_gpj.exe"), ("\u{FEFF}a\u{2028}", "_a_"),
        ("what? <no>: \"|*\".txt", "what_ _no__ ____.txt"),
        ("a & b < c.txt", "a & b _ c.txt"), ("👩‍👩‍👧.heic", "👩‍👩‍👧.heic"), ("e\u{301}.txt", "e\u{301}.txt"),
        ("%2e%2e%2f", "%2e%2e%2f"), ("../\u{301}x.jpg", "\u{301}x.jpg"), ("a\\\u{200D}b", "\u{200D}b"),
        ("a.\u{301}", "a.\u{301}"), ("..\u{301}/..", "unnamed"),
    ]

    @Test(arguments: hostile) func `a hostile name becomes one harmless part of a path`(
        _ fileName: String, _ expected: String
    ) throws {
        let found = try name(fileName)
        let folder = "wharf/published/\(Self.capsule.text)/\(Self.upload.text)/"
        #expect(Array(found.utf8) == Array((folder + expected).utf8))
    }

    @Test func `a long name keeps its ending, and the whole is never longer than S3 permits`() throws {
        let long = String(repeating: "ä", count: 1000) + ".jpeg"
        let file = try #require(try name(long).split(separator: "/").last)
        #expect(file.utf8.count <= 255 && file.utf8.count > 250)
        #expect(file.hasSuffix("ä.jpeg"))
        let location = String(repeating: "l", count: S3Location.prefixBytesMax) + "/"
        let prefix = String(repeating: "p", count: PublicationPrefix.bytesMax)
        #expect(try name(long, prefix: prefix, at: location).utf8.count <= 1024)
        // One character of many scalars.
        let tall = "a" + String(repeating: "\u{301}", count: 2000)
        #expect(try name(tall).utf8.count < 400)
    }

    @Test(arguments: [
        "", "/", "a//b", "a/..", ".", "segments", "segments/a", "quarantine", "probe/x", "ä", "a b", "/a",
        String(repeating: "p", count: 129),
    ]) func `a prefix that is no plain path, or the store's own, is refused`(_ text: String) {
        #expect(PublicationPrefix(text) == nil)
    }

    @Test(arguments: ["a", "a/", "a/segments", "segments2", String(repeating: "p", count: 128)])
    func `other prefixes are taken`(_ text: String) {
        #expect(PublicationPrefix(text) != nil)
    }
}

@Suite struct PartPlanTests {
    private static let mebibyte: UInt64 = 1 << 20

    /// The sizes in MiB of the parts of segments of these sizes; copies are negative.
    private func parts(_ segments: [UInt64], copies: Bool = true) -> [Int] {
        var plan = PartPlan(size: segments.reduce(0, +) * Self.mebibyte, copies: copies)
        var parts: [PartPlan.Part] = []
        for (number, size) in segments.enumerated() {
            parts += plan.add(size * Self.mebibyte, segment: SeededKeys(UInt64(number)).next())
        }
        parts += plan.finish().map { [$0] } ?? []
        var end: UInt64 = 0
        for part in parts {
            #expect(part.range.lowerBound == end)
            end = part.range.upperBound
        }
        return parts.map { ($0.segment == nil ? 1 : -1) * Int(UInt64($0.range.count) / Self.mebibyte) }
    }

    @Test func `whole segments of 5 MiB and more are copied, and others sent together`() {
        #expect(parts([5, 5]) == [-5, -5])
        #expect(parts([4, 8, 16]) == [12, -16])
        #expect(parts([1, 2, 4, 8, 16, 3]) == [7, -8, -16, 3])
        #expect(parts([16, 1]) == [-16, 1])
        // What is too short for a part of its own takes the next segment with it.
        #expect(parts([16, 1, 16, 16]) == [-16, 17, -16])
        #expect(parts([4, 4, 4, 4, 4]) == [16, 4])
        #expect(parts([16, 16], copies: false) == [16, 16])
        #expect(parts([]) == [])
    }

    @Test func `only what has exactly the bytes of a segment is copied`() {
        var plan = PartPlan(size: 10 << 20, copies: true)
        #expect(plan.add(5 << 20, segment: nil) == [])
        #expect(plan.add((5 << 20) - 1, segment: SeededKeys(1).next()) == [])
        #expect(plan.finish() == PartPlan.Part(range: 0..<(10 << 20) - 1, segment: nil))
        #expect(plan.finish() == nil)
    }

    private static let sizes: [UInt64] = [
        10_000 * (5 << 20), 10_000 * (5 << 20) + 1, 10_000 * (16 << 20), 1 << 40, PartPlan.objectBytesMax,
    ]

    @Test(arguments: sizes)
    func `no object has more than 10,000 parts, nor one of less than 5 MiB before the last`(_ size: UInt64) {
        for segment in [UInt64(5 << 20), 16 << 20] {
            var plan = PartPlan(size: size, copies: true)
            var parts: [PartPlan.Part] = []
            var rest = size
            while rest > 0 {
                let count = min(rest, segment)
                parts += plan.add(count, segment: ObjectKey(Digest(of: [])))
                rest -= count
            }
            parts += plan.finish().map { [$0] } ?? []
            #expect(parts.count <= 10_000)
            #expect(parts.last?.range.upperBound == size)
            #expect(parts.dropLast().allSatisfy { $0.range.count >= 5 << 20 })
            #expect(parts.allSatisfy { $0.range.count <= 5 << 30 })
        }
    }
}
