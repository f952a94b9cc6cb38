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
        /// The whole of it.
        let content: Content
        /// Whether it is there to become a part of others.
        let isPart: Bool
        /// The highest acknowledged offset.
        var offset = 0
        var state = State.open
    }

    struct Counts: Sendable {
        var requests = 0
        var offsetsTold = 0
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

    /// - Parameter isDeferred: Whether the end of the upload is not known yet, although all bytes may be there.
    func told(_ offset: Int, of path: String, isDeferred: Bool) {
        promises.withLock { promises in
            promises.counts.offsetsTold += 1
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
            "\(counts.requests) requests with bytes, \(counts.cut) of them cut and \(counts.mismatched) with another's "
            + "checksum; \(counts.offsetsTold) offsets told of \(uploads.count) uploads; \(counts.finished) finished, "
            + "\(counts.finals) of them made of others; \(counts.deleted) deleted; \(counts.readBack) read back\n"
    }
}
