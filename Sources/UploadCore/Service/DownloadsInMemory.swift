public import SessionCore
import Synchronization

/// The prepared downloads of a catalogue that one engine owns. They are worth less than a commit, and are to work while the
/// disk is full or fails: that is when people want their files.
public final class DownloadsInMemory: DownloadCatalogue {
    private struct Prepared {
        let key: Digest
        let grant: DownloadGrant
        let expiresAt: Timestamp
    }

    /// In the order of their creation.
    private let state = Mutex<[Prepared]>([])

    public init() {}

    public func createDownload(
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

    public func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        state.withLock { prepared in prepared.first { $0.key == key && now < $0.expiresAt }?.grant }
    }

    public func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        state.withLock { prepared in
            guard let index = prepared.firstIndex(where: { $0.key == key && now < $0.expiresAt }) else { return false }
            prepared.remove(at: index)
            return true
        }
    }
}

/// A catalogue whose prepared downloads are in memory.
public protocol InMemoryDownloadCatalogue: DownloadCatalogue {
    var downloads: DownloadsInMemory { get }
}

extension InMemoryDownloadCatalogue {
    public func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError) {
        try await downloads.createDownload(
            grant, key: key, lifetimeMilliseconds: lifetimeMilliseconds, callerMax: callerMax, totalMax: totalMax,
            at: now)
    }

    public func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant? {
        try await downloads.download(key, at: now)
    }

    public func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool {
        try await downloads.endDownload(key, at: now)
    }
}
