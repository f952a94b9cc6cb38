import Testing
import UploadTestKit

@testable import UploadCore

@Suite struct SegmentComparisonTests {
    /// Compares lists in pages of random sizes.
    private func differences(
        _ records: [RecordedSegment], _ objects: [RecordedSegment], seed: UInt64
    ) -> SegmentComparison.Differences {
        var random = SeededRandom(seed: seed)
        func page(_ rest: inout ArraySlice<RecordedSegment>) -> [RecordedSegment] {
            let page = Array(rest.prefix(random.within(1...5)))
            rest = rest.dropFirst(page.count)
            return page
        }
        var (records, objects) = (records[...], objects[...])
        var comparison = SegmentComparison()
        var found = SegmentComparison.Differences()
        while !comparison.isComplete {
            if comparison.needsRecords { comparison.add(records: page(&records), isLast: records.isEmpty) }
            if comparison.needsObjects { comparison.add(objects: page(&objects), isLast: objects.isEmpty) }
            let more = comparison.takeDifferences()
            found.unlike += more.unlike
            found.unrecorded += more.unrecorded
        }
        return found
    }

    private let segments = (0..<60 as Range<UInt8>).map { number in
        RecordedSegment(key: ObjectKey(Digest(of: [number])), byteCount: 5)
    }.sorted { $0.key.digest.hex < $1.key.digest.hex }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `whatever the pages are, exactly what differs is found`(_ seed: UInt64) {
        #expect(differences(segments, segments, seed: seed) == SegmentComparison.Differences())
        var random = SeededRandom(seed: seed)
        let records = segments.filter { _ in random.chance(0.7) }
        let objects = segments.filter { _ in random.chance(0.7) }.map { segment in
            random.chance(0.2) ? RecordedSegment(key: segment.key, byteCount: 4) : segment
        }
        let found = differences(records, objects, seed: seed)
        #expect(found.unlike == records.filter { !objects.contains($0) })
        #expect(found.unrecorded.map(\.key) == objects.map(\.key).filter { key in !records.contains { $0.key == key } })
    }

    @Test func `empty lists are compared`() {
        #expect(differences([], [], seed: 1) == SegmentComparison.Differences())
        #expect(differences(segments, [], seed: 1).unlike == segments)
        #expect(differences([], segments, seed: 1).unrecorded == segments)
    }
}
