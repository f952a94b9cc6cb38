public import UploadCore

/// A segment as a catalogue has recorded it.
public struct RecordedSegment: Hashable, Sendable {
    public let key: ObjectKey
    public let byteCount: UInt64

    public init(key: ObjectKey, byteCount: UInt64) {
        self.key = key
        self.byteCount = byteCount
    }
}

/// What an audit of a bucket has found.
public enum SegmentIssue: Hashable, Sendable {
    /// A recorded segment has no object: bytes are lost.
    case missing(RecordedSegment)
    /// The object of a recorded segment has another size: bytes are lost.
    case size(RecordedSegment, stored: UInt64)
    /// An object that no record refers to: of a late PUT, or not yet swept.
    case unrecorded(ObjectKey, byteCount: UInt64)
    /// An object under the prefix of segments whose name is not the key of a segment.
    case unknown(name: String, byteCount: UInt64)
}

extension S3BlobStore {
    /// Compares the objects below the prefix with the recorded segments, page by page, in the order of the keys. The cost
    /// is a list of the bucket: for operators, never in service. With uploads in progress, their segments may be reported
    /// as unrecorded.
    ///
    /// - Parameters:
    ///   - recorded: The recorded segments after a key in ascending order, at most `limit`; fewer only at the end.
    ///   - report: Called for each issue, in order.
    /// - Throws: `unavailable`, the errors of `recorded`.
    public func audit(
        recorded: (_ after: ObjectKey?, _ limit: Int) async throws(UploadError) -> [RecordedSegment],
        report: (SegmentIssue) -> Void
    ) async throws(UploadError) {
        var comparison = SegmentComparison()
        var position: ObjectKey?
        var lastName: String?
        while true {
            if comparison.needsRecords {
                let page = try await recorded(position, Self.auditPage)
                position = page.last?.key ?? position
                comparison.add(records: page, isLast: page.count < Self.auditPage)
            }
            if comparison.needsObjects {
                let (objects, isTruncated) = try await listed(after: lastName)
                if let last = objects.last {
                    lastName = last.name
                } else if isTruncated {
                    throw UploadError(.unavailable(detail: "listing segments: an empty page before the end"))
                }
                for object in objects where client.key(named: object.name) == nil {
                    report(.unknown(name: object.name, byteCount: object.byteCount))
                }
                comparison.add(
                    objects: objects.compactMap { object in
                        client.key(named: object.name).map { RecordedSegment(key: $0, byteCount: object.byteCount) }
                    }, isLast: !isTruncated)
            }
            for issue in comparison.takeIssues() { report(issue) }
            if comparison.isComplete { return }
        }
    }

    static let auditPage = 1000

    private func listed(
        after name: String?
    ) async throws(UploadError) -> (objects: [S3Client.ListedObject], isTruncated: Bool) {
        var retries = client.retries
        while true {
            do throws(S3Failure) {
                let page = try await client.list(
                    prefix: client.segmentsPrefix, startAfter: name, limit: Self.auditPage)
                let names = [name].compactMap(\.self) + page.objects.map(\.name)
                guard zip(names, names.dropFirst()).allSatisfy({ Array($0.utf8).lexicographicallyPrecedes($1.utf8) })
                else { throw S3Failure(kind: .unsupported, detail: "the engine lists objects out of order") }
                return page
            } catch {
                guard error.kind != .missing else {
                    throw UploadError(.unavailable(detail: "listing segments: \(error.detail)"))
                }
                try await retries.pause(after: error, "listing segments")
            }
        }
    }
}

/// Merges two lists in the order of their keys.
struct SegmentComparison {
    private var records: ArraySlice<RecordedSegment> = []
    private var objects: ArraySlice<RecordedSegment> = []
    private var hasAllRecords = false
    private var hasAllObjects = false

    var needsRecords: Bool { records.isEmpty && !hasAllRecords }
    var needsObjects: Bool { objects.isEmpty && !hasAllObjects }
    var isComplete: Bool { records.isEmpty && objects.isEmpty && hasAllRecords && hasAllObjects }

    mutating func add(records page: [RecordedSegment], isLast: Bool) {
        records += page
        hasAllRecords = isLast
    }

    mutating func add(objects page: [RecordedSegment], isLast: Bool) {
        objects += page
        hasAllObjects = isLast
    }

    /// The issues that are certain, up to the first key of which one side is not known.
    mutating func takeIssues() -> [SegmentIssue] {
        var issues: [SegmentIssue] = []
        while true {
            switch (records.first, objects.first) {
            case (let record?, let object?) where record.key == object.key:
                if record.byteCount != object.byteCount { issues.append(.size(record, stored: object.byteCount)) }
                records.removeFirst()
                objects.removeFirst()
            case (let record?, let object?) where record.key.precedes(object.key):
                issues.append(.missing(record))
                records.removeFirst()
            case (_?, let object?):
                issues.append(.unrecorded(object.key, byteCount: object.byteCount))
                objects.removeFirst()
            case (let record?, nil) where hasAllObjects:
                issues.append(.missing(record))
                records.removeFirst()
            case (nil, let object?) where hasAllRecords:
                issues.append(.unrecorded(object.key, byteCount: object.byteCount))
                objects.removeFirst()
            default: return issues
            }
        }
    }
}

extension ObjectKey {
    fileprivate func precedes(_ other: ObjectKey) -> Bool {
        digest.bytes.lexicographicallyPrecedes(other.digest.bytes)
    }
}
