import Synchronization

/// The objects of all buckets, and what was asked for.
final class Objects: Sendable {
    /// The longest object whose checksum is verified.
    static let probeBytesMax = 1 << 10

    /// Of longer objects only the length is kept.
    let keptBytesMax: Int

    enum Object {
        case kept([UInt8])
        case length(Int)

        var count: Int {
            switch self {
            case .kept(let bytes): bytes.count
            case .length(let count): count
            }
        }
    }

    enum Request: String, CaseIterable {
        case put, get, head, delete, deleteObjects = "delete-objects", list, other
    }

    private struct State {
        var objects: [String: Object] = [:]
        var counts: [Request: Int] = [:]
        var receivedBytes = 0
        var sentBytes = 0
    }

    private let state = Mutex(State())

    init(keptBytesMax: Int) {
        self.keptBytesMax = keptBytesMax
    }

    func count(_ request: Request) {
        state.withLock { $0.counts[request, default: 0] += 1 }
    }

    func put(_ name: String, _ object: Object) {
        state.withLock { state in
            state.objects[name] = object
            state.receivedBytes += object.count
        }
    }

    /// - Parameter bounds: The first and the last byte that are wanted.
    /// - Returns: The object, and the bytes of it to send.
    func get(_ name: String, _ bounds: ClosedRange<Int>?) -> (Object, Range<Int>)? {
        state.withLock { state in
            guard let object = state.objects[name] else { return nil }
            let range = bounds.map { $0.lowerBound..<($0.upperBound + 1) } ?? 0..<object.count
            let sent = range.clamped(to: 0..<object.count)
            state.sentBytes += sent.count
            return (object, sent)
        }
    }

    func remove(_ names: [String]) {
        state.withLock { state in
            for name in names { state.objects[name] = nil }
        }
    }

    /// The first `limit` names of a prefix after another name, with their lengths, and whether there are more.
    func list(prefix: String, after: String, limit: Int) -> (page: [(name: String, length: Int)], isTruncated: Bool) {
        let found = state.withLock { state in
            state.objects.filter { $0.key.hasPrefix(prefix) && $0.key > after }.map { ($0.key, $0.value.count) }
        }
        return (found.sorted { $0.0 < $1.0 }.prefix(limit).map { ($0.0, $0.1) }, found.count > limit)
    }

    /// A line for each figure.
    var text: String {
        state.withLock { state in
            Request.allCases.map { "\($0.rawValue) \(state.counts[$0] ?? 0)\n" }.joined()
                + "received-bytes \(state.receivedBytes)\nsent-bytes \(state.sentBytes)\n"
        }
    }
}
