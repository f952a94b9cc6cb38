/// Merges the recorded and the stored segments, page by page, in the order of their keys.
struct SegmentComparison {
    private var records: ArraySlice<RecordedSegment> = []
    private var objects: ArraySlice<RecordedSegment> = []
    private var hasAllRecords = false
    private var hasAllObjects = false

    /// The differences that are certain as far as both lists are known. Lists of different moments differ also where all is
    /// well.
    struct Differences: Hashable, Sendable {
        /// Recorded, and stored with another size or not at all.
        var unlike: [RecordedSegment] = []
        /// Stored and not recorded.
        var unrecorded: [RecordedSegment] = []
    }

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

    /// The differences up to the first key of which one side is not known.
    mutating func takeDifferences() -> Differences {
        var found = Differences()
        while true {
            switch (records.first, objects.first) {
            case (let record?, let object?) where record.key == object.key:
                if record.byteCount != object.byteCount { found.unlike.append(record) }
                records.removeFirst()
                objects.removeFirst()
            case (let record?, let object?) where record.key.precedes(object.key):
                found.unlike.append(record)
                records.removeFirst()
            case (_?, let object?):
                found.unrecorded.append(object)
                objects.removeFirst()
            case (let record?, nil) where hasAllObjects:
                found.unlike.append(record)
                records.removeFirst()
            case (nil, let object?) where hasAllRecords:
                found.unrecorded.append(object)
                objects.removeFirst()
            default: return found
            }
        }
    }
}

extension ObjectKey {
    func precedes(_ other: ObjectKey) -> Bool {
        digest.bytes.lexicographicallyPrecedes(other.digest.bytes)
    }
}
