import Synchronization

/// The acknowledgements that clients of tus received.
final class TusPromises: Sendable {
    enum State: Hashable, Sendable {
        case open
        case finished
        /// A deletion was requested, answered or not.
        case maybeDeleted
        case deleted
    }

    struct Upload: Sendable {
        let content: Content
        /// Whether it is a part of a concatenation.
        let isPart: Bool
        /// The highest acknowledged offset.
        var offset = 0
        var state = State.open
    }

    struct Counts: Sendable {
        var requests = 0
        var acknowledgedOffsets = 0
        var cut = 0
        var mismatched = 0
        var finished = 0
        var finals = 0
        var deleted = 0
        var readBack = 0
    }

    private struct Promises {
        var uploads: [String: Upload] = [:]
        var counts = Counts()
    }

    private let promises = Mutex(Promises())

    var uploads: [String: Upload] { promises.withLock { $0.uploads } }
    var counts: Counts { promises.withLock { $0.counts } }

    func began(_ path: String, _ content: Content, isPart: Bool) {
        promises.withLock { promises in
            if promises.uploads[path] == nil { promises.uploads[path] = Upload(content: content, isPart: isPart) }
        }
    }

    /// The highest acknowledged offset of an upload.
    func offset(of path: String) -> Int {
        promises.withLock { $0.uploads[path]?.offset ?? 0 }
    }

    /// - Parameter isDeferred: Whether the length is still undeclared, even if all bytes are stored.
    func acknowledged(_ offset: Int, of path: String, isDeferred: Bool) {
        promises.withLock { promises in
            promises.counts.acknowledgedOffsets += 1
            guard var upload = promises.uploads[path] else { return }
            upload.offset = max(upload.offset, offset)
            if offset == upload.content.length, upload.state == .open, !isDeferred {
                upload.state = .finished
                promises.counts.finished += 1
            }
            promises.uploads[path] = upload
        }
    }

    func set(_ state: State, _ path: String) {
        promises.withLock { $0.uploads[path]?.state = state }
    }

    func count(_ change: (inout Counts) -> Void) {
        promises.withLock { change(&$0.counts) }
    }

    var summary: String {
        let counts = counts
        return
            "\(counts.requests) requests with bytes, \(counts.cut) of them cut and \(counts.mismatched) with a wrong checksum; "
            + "\(counts.acknowledgedOffsets) offsets of \(uploads.count) uploads acknowledged; \(counts.finished) finished, "
            + "\(counts.finals) of them concatenations; \(counts.deleted) deleted; \(counts.readBack) read back\n"
    }
}
