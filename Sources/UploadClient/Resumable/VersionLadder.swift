import HTTPTypes
import ResumableWire
import Synchronization

/// The interop versions that a client tries with a server, from the newest on. Pure.
struct VersionLadder: Hashable, Sendable {
    private(set) var version: InteropVersion
    private var older: ArraySlice<InteropVersion>

    /// - Parameter known: One that the server has confirmed; the others are not tried then.
    init(known: InteropVersion? = nil) {
        version = known ?? .latest
        older = known == nil ? InteropVersion.shipped.dropFirst() : []
    }

    /// Goes on to the next older version. Returns false if there is none.
    mutating func descend() -> Bool {
        guard let next = older.popFirst() else { return false }
        version = next
        return true
    }

    /// Whether a response to a creation may mean that the server refuses the version: servers answer with 400 (the NIO handler),
    /// 412 (tusd), or as if the method were unknown. One that has sent an interim response knows the version.
    static func isRefusal(_ status: HTTPResponse.Status, hasInterim: Bool) -> Bool {
        !hasInterim && [400, 404, 405, 406, 412, 415, 422, 426, 501, 505].contains(status.code)
    }
}

/// The version that a server has confirmed, for the uploads after the first one.
final class ConfirmedVersion: Sendable {
    private let value = Mutex<InteropVersion?>(nil)

    var ladder: VersionLadder { VersionLadder(known: value.withLock { $0 }) }
    func confirm(_ version: InteropVersion) { value.withLock { $0 = version } }
}
