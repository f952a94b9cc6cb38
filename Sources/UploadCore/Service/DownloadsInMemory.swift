package import SessionCore
import Synchronization

/// The prepared downloads of a catalogue that one engine owns. They are worth less than a commit, and are to work while the
/// disk is full or fails: that is when people want their files.
package final class DownloadsInMemory: DownloadCatalogue {
    private struct Prepared {
        let key: Digest
        let grant: DownloadGrant
        let expiresAt: Timestamp
    }

    /// In the order of their creation.
    private let state = Mutex<[Prepared]>([])

    package init() {}

    package func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError) {
        try state.withLock { prepared throws(UploadError) in
            prepared.removeAll { $0.expiresAt <= now }
            let own = prepared.indices.filter { prepared[$0].grant.principal == grant.principal }
            let yielding = own.prefix(max(0, own.count + 1 - Int(clamping: callerMax)))
            let count = UInt64(prepared.count - yielding.count + 1)
            try Limits.require(count, atMost: totalMax, .downloadTickets)
            for index in yielding.reversed() { prepared.remove(at: index) }
            prepared.append(
                Prepared(key: key, grant: grant, expiresAt: now.advanced(byMilliseconds: lifetimeMilliseconds)))
        }
    }

    package func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        state.withLock { prepared in prepared.first { $0.key == key && now < $0.expiresAt }?.grant }
    }

    package func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        state.withLock { prepared in
            guard let index = prepared.firstIndex(where: { $0.key == key && now < $0.expiresAt }) else { return false }
            prepared.remove(at: index)
            return true
        }
    }
}
